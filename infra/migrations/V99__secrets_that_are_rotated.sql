-- It takes the permissions of whoever asks.
drop function if exists identity.oauth_rotate_secret(jsonb, text, int8, bytea, int8);

-- It goes on after an account.
drop function if exists identity.list_sealed_elsewhere(int, int);
