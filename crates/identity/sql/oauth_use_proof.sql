select to_json(identity.oauth_use_proof($1, $2))::text
