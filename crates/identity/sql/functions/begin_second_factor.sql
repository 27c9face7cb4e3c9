-- Before a second factor is checked. Each challenge is good for five attempts, counted before they are looked at, and wrong codes
-- of an account are counted over all its challenges. Answers
--   begun      {account, totp: {id, sealed}}: `totp` is null where there is none,
--   throttled  {retry_after}: seconds,
--   unknown    no such challenge, or it is over.
create or replace function identity.begin_second_factor(challenge bytea, network text) returns jsonb
language plpgsql volatile
as $$
declare
    owner uuid;
    wait  int;
begin
    select c.account_id into owner
    from identity.mfa_challenges c
    join identity.accounts a on a.id = c.account_id and a.disabled_at is null
    where c.hash = begin_second_factor.challenge and c.expires_at > platform.now();
    if owner is not null then
        wait := identity.failure_wait('mfa:' || owner, begin_second_factor.network, owner);
        if wait > 0 then
            return jsonb_build_object('outcome', 'throttled', 'retry_after', wait);
        end if;
        update identity.mfa_challenges c set attempts = c.attempts + 1
        where c.hash = begin_second_factor.challenge and c.attempts < 5;
    end if;
    if owner is null or not found then
        return jsonb_build_object('outcome', 'unknown');
    end if;
    return jsonb_build_object('outcome', 'begun', 'account', owner, 'totp', (
        select jsonb_build_object('id', t.id, 'sealed', t.sealed)
        from identity.totp_factors t
        where t.account_id = owner and t.confirmed_at is not null));
end
$$;
