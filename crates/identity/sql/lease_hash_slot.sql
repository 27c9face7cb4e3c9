select identity.lease_hash_slot($1, $2)::text
