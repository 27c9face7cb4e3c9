select to_json(identity.signing_key_is_due($1, $2))::text
