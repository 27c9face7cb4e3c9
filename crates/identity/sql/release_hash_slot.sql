select identity.release_hash_slot($1, $2)
