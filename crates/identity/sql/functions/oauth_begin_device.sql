-- A device asks to be let in: {"outcome": "begun"}, or {"outcome": "taken"} if its user code is another's.
create or replace function identity.oauth_begin_device(
    device bytea, user_code text, client text, scopes text[], resources text[], jkt text,
    poll_every int, seconds int8) returns jsonb
language plpgsql volatile
as $$
begin
    delete from identity.oauth_device_codes d
    where d.user_code = oauth_begin_device.user_code and d.expires_at <= platform.now();
    insert into identity.oauth_device_codes (
        hash, user_code, client_id, scopes, resources, jkt, poll_every, poll_after, created_at, expires_at)
    values (device, oauth_begin_device.user_code, client, oauth_begin_device.scopes, oauth_begin_device.resources,
            oauth_begin_device.jkt, oauth_begin_device.poll_every, platform.now(), platform.now(),
            platform.now() + seconds * interval '1 second')
    on conflict on constraint oauth_device_codes_user_code_key do nothing;
    return jsonb_build_object('outcome', case when found then 'begun' else 'taken' end);
end
$$;
