-- Gives a client another secret. The ones before stay good for `overlap` seconds, so that it can be rolled out.
--   rotated {expires_at: when the last of those before runs out, null if there was none},
--   not_found, stale (`version` is another),
--   without_secret  the client authenticates otherwise,
--   too_mighty {permission}: the client has one that is not among `held`, those of whoever asks. Who has the secret is the client.
create or replace function identity.oauth_rotate_secret(
    context jsonb, client text, version int8, held text[], secret bytea, overlap int8) returns jsonb
language plpgsql volatile
as $$
declare
    found_client identity.oauth_clients;
    until        timestamptz;
    missing      text;
begin
    perform identity.require_live(context);
    select c.* into found_client from identity.oauth_clients c where c.id = client for update;
    if found_client.id is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if oauth_rotate_secret.version <> identity.oauth_client_version(found_client) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if found_client.auth_method not in ('client_secret_basic', 'client_secret_post') then
        return jsonb_build_object('outcome', 'without_secret');
    end if;
    select p.name into missing
    from identity.permissions p
    where p.name = any (found_client.scopes) and p.name <> all (held)
    order by p.name
    limit 1;
    if found then
        return jsonb_build_object('outcome', 'too_mighty', 'permission', missing);
    end if;
    delete from identity.oauth_client_secrets s where s.client_id = client and s.expires_at <= platform.now();
    update identity.oauth_client_secrets s
    set expires_at = least(s.expires_at, platform.now() + overlap * interval '1 second')
    where s.client_id = client;
    select max(s.expires_at) into until
    from identity.oauth_client_secrets s where s.client_id = client and s.expires_at > platform.now();
    insert into identity.oauth_client_secrets (hash, client_id, created_at) values (secret, client, platform.now());
    perform platform.record(context, 'oauth_client.secret_rotated', 'oauth_client', client);
    return jsonb_build_object('outcome', 'rotated', 'expires_at', platform.time_text(until));
end
$$;
