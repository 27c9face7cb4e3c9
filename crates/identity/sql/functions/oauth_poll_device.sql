-- A device asks whether it was let in (RFC 8628 section 3.5). Answers
--   redeemed {grant},
--   authorization_pending, slow_down, access_denied, expired_token,
--   refused  no such code, another client's, used, or the grant is over.
create or replace function identity.oauth_poll_device(
    context jsonb, device bytea, client text, jkt text, refresh bytea, jti uuid) returns jsonb
language plpgsql volatile
as $$
declare
    known   identity.oauth_device_codes;
    granted identity.oauth_grants;
begin
    -- The grant first, if there is one, as for whoever deletes an account or a client.
    perform 1 from identity.oauth_grants g
    where g.id = (select d.grant_id from identity.oauth_device_codes d where d.hash = device)
    for no key update;
    select d.* into known from identity.oauth_device_codes d where d.hash = device for update;
    if known.hash is null or known.client_id <> client then
        return jsonb_build_object('outcome', 'refused');
    end if;
    if known.jkt is not null and known.jkt is distinct from oauth_poll_device.jkt then
        return jsonb_build_object('outcome', 'refused');
    end if;
    if known.used_at is not null then
        -- A copy of the code: whatever came of it is dead now, as with a code of a redirect.
        perform identity.oauth_close_grant(known.grant_id);
        return jsonb_build_object('outcome', 'refused');
    end if;
    if known.expires_at <= platform.now() then
        return jsonb_build_object('outcome', 'expired_token');
    end if;
    if known.denied_at is not null then
        return jsonb_build_object('outcome', 'access_denied');
    end if;
    if known.poll_after > platform.now() then
        update identity.oauth_device_codes d
        set poll_every = d.poll_every + 5, poll_after = platform.now() + (d.poll_every + 5) * interval '1 second'
        where d.hash = device;
        return jsonb_build_object('outcome', 'slow_down');
    end if;
    if known.grant_id is null then
        update identity.oauth_device_codes d
        set poll_after = platform.now() + d.poll_every * interval '1 second'
        where d.hash = device;
        return jsonb_build_object('outcome', 'authorization_pending');
    end if;
    update identity.oauth_device_codes d set used_at = platform.now() where d.hash = device;
    select g.* into granted from identity.oauth_grants g where g.id = known.grant_id for no key update;
    if not identity.oauth_grant_is_live(granted) then
        return jsonb_build_object('outcome', 'refused');
    end if;
    update identity.oauth_grants g set last_used_at = platform.now(), jkt = oauth_poll_device.jkt
    where g.id = granted.id
    returning * into granted;
    if refresh is not null then
        insert into identity.oauth_refresh_tokens (hash, grant_id, issued_at, jti, scopes, resources, jkt)
        values (refresh, granted.id, platform.now(), oauth_poll_device.jti, granted.scopes, granted.resources,
                oauth_poll_device.jkt);
    end if;
    perform platform.record(context || jsonb_build_object('actor', granted.account_id),
                            'oauth.device_redeemed', 'oauth_grant', granted.id::text);
    return jsonb_build_object('outcome', 'redeemed', 'grant', identity.oauth_grant_document(
        granted, platform.now(), oauth_poll_device.jti, granted.scopes, granted.resources, oauth_poll_device.jkt));
end
$$;
