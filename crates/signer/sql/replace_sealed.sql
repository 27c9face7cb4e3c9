select identity.replace_sealed($1, $2, $3, $4)::text
