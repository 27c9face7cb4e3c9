-- The seed that waits for its first code: {outcome: begun, id, sealed}, {outcome: throttled, retry_after}, {outcome: none}.
create or replace function identity.begin_totp_confirmation(account uuid, network text) returns jsonb
language sql stable
as $$
    select coalesce((
        select case when w.seconds > 0 then jsonb_build_object('outcome', 'throttled', 'retry_after', w.seconds)
                    else jsonb_build_object('outcome', 'begun', 'id', t.id, 'sealed', t.sealed) end
        from identity.totp_factors t,
             identity.failure_wait('mfa:' || t.account_id, begin_totp_confirmation.network, t.account_id) w (seconds)
        where t.account_id = begin_totp_confirmation.account and t.confirmed_at is null
          and t.created_at > platform.now() - interval '1 hour'),
        jsonb_build_object('outcome', 'none'))
$$;
