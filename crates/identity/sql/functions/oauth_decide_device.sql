-- Lets a device in, or not. Wrong codes count here as in identity.oauth_find_device. Answers
--   decided,
--   unknown  no such code, or its time is over, or it was decided,
--   limited,
--   refused  the session is over.
create or replace function identity.oauth_decide_device(
    context jsonb, session uuid, user_code text, approve boolean, grant_id uuid, acr text) returns jsonb
language plpgsql volatile
as $$
declare
    present identity.sessions;
    device  identity.oauth_device_codes;
begin
    present := identity.oauth_present_session(session);
    if present.id is null then
        return jsonb_build_object('outcome', 'refused');
    end if;
    if identity.oauth_device_guesses(present.account_id) >= 10 then
        return jsonb_build_object('outcome', 'limited');
    end if;
    select d.* into device from identity.oauth_device_codes d
    where d.user_code = oauth_decide_device.user_code and d.expires_at > platform.now()
      and d.grant_id is null and d.denied_at is null
    for update;
    if device.hash is null then
        update identity.oauth_device_attempts t set failures = t.failures + 1 where t.account_id = present.account_id;
        return jsonb_build_object('outcome', 'unknown');
    end if;
    if not approve then
        update identity.oauth_device_codes d set denied_at = platform.now() where d.hash = device.hash;
        perform platform.record(context || jsonb_build_object('actor', present.account_id),
                                'oauth.device_denied', 'oauth_client', device.client_id);
        return jsonb_build_object('outcome', 'decided');
    end if;
    perform identity.oauth_consent(context, present.account_id, device.client_id, device.scopes);
    perform identity.oauth_open_grant(
        oauth_decide_device.grant_id, device.client_id, present,
        jsonb_build_object('scopes', device.scopes, 'resources', device.resources, 'acr', oauth_decide_device.acr));
    update identity.oauth_device_codes d set grant_id = oauth_decide_device.grant_id where d.hash = device.hash;
    perform platform.record(context || jsonb_build_object('actor', present.account_id),
                            'oauth.device_approved', 'oauth_grant', oauth_decide_device.grant_id::text);
    return jsonb_build_object('outcome', 'decided');
end
$$;
