select identity.find_administered_account($1)::text
