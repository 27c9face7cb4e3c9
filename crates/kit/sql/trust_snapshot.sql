select identity.trust_snapshot($1)::text
