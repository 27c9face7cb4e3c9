-- A passkey as its owner sees it.
create or replace function identity.passkey_document(passkey identity.passkeys) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', passkey.id,
        'name', passkey.name,
        'backed_up', passkey.backed_up,
        'created_at', platform.time_text(passkey.created_at),
        'last_used_at', platform.time_text(passkey.last_used_at))
$$;
