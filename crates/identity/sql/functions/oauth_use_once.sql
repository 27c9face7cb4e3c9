-- Marks something as used, until it would be refused anyway: {"outcome": "first"} or {"outcome": "again"}.
create or replace function identity.oauth_use_once(once bytea, seconds int8) returns jsonb
language plpgsql volatile
as $$
begin
    insert into identity.oauth_used_once (hash, expires_at)
    values (once, platform.now() + seconds * interval '1 second')
    on conflict on constraint oauth_used_once_pkey do nothing;
    return jsonb_build_object('outcome', case when found then 'first' else 'again' end);
end
$$;
