-- The device that shows this code, for somebody who is signed in. Ten wrong codes in ten minutes are enough. Answers
--   waiting  {client_name, client_uri, scopes, self_registered},
--   unknown  no such code, or it is over or decided,
--   limited.
create or replace function identity.oauth_find_device(account uuid, user_code text) returns jsonb
language plpgsql volatile
as $$
declare
    device jsonb;
begin
    if identity.oauth_device_guesses(account) >= 10 then
        return jsonb_build_object('outcome', 'limited');
    end if;
    select jsonb_build_object(
        'outcome', 'waiting', 'client_name', c.name, 'client_uri', c.uri,
        'scopes', to_jsonb(d.scopes), 'self_registered', c.registration_hash is not null) into device
    from identity.oauth_device_codes d
    join identity.oauth_clients c on c.id = d.client_id and c.disabled_at is null
    where d.user_code = oauth_find_device.user_code and d.expires_at > platform.now()
      and d.grant_id is null and d.denied_at is null;
    if device is not null then
        return device;
    end if;
    update identity.oauth_device_attempts t set failures = t.failures + 1 where t.account_id = account;
    return jsonb_build_object('outcome', 'unknown');
end
$$;
