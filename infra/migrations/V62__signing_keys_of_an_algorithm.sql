-- The algorithm is an argument of `add_signing_key` and `current_signing_key`.
drop function if exists identity.add_id_token_key(jsonb, text, text, text);
drop function if exists identity.current_id_token_key();
drop function if exists identity.add_signing_key(jsonb, text, text, text);
drop function if exists identity.current_signing_key();
