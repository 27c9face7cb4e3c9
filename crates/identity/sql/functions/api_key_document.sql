-- An API key as its owner sees it, without what it could be guessed from.
create or replace function identity.api_key_document(key identity.api_keys) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', key.id,
        'name', key.name,
        'prefix', key.prefix,
        'scopes', to_jsonb(key.scopes),
        'created_at', platform.time_text(key.created_at),
        'expires_at', platform.time_text(key.expires_at),
        'last_used_at', platform.time_text(key.last_used_at))
$$;
