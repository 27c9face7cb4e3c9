-- `identity.credential_is_live` takes the credential as one document, as contexts carry it. The form that nobody called goes.
drop function if exists identity.credential_is_live(text, text, text, int8);

-- What `identity.sweep` looks for: keys by when they ended.
create index api_keys_revoked on identity.api_keys (revoked_at) where revoked_at is not null;
create index api_keys_expiry on identity.api_keys (expires_at) where expires_at is not null;
