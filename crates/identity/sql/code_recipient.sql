select to_json(identity.code_recipient($1))::text
