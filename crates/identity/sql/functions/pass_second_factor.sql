-- After a second factor was looked at: `totp_step` is the step of a right code, `recovery_hash` what a recovery code hashes to; both
-- null for a wrong one. A step and a recovery code are good once, a challenge for one session. One after the other for an account: of
-- many codes at once no more are looked at than if they came in a row. Answers
--   opened   {grant},
--   refused  wrong or used before, or too many were wrong since the attempt was counted,
--   unknown  no such challenge, or it is over.
create or replace function identity.pass_second_factor(
    context jsonb, challenge bytea, totp_step int8, recovery_hash bytea, network text,
    session uuid, refresh_hash bytea, jti uuid) returns jsonb
language plpgsql volatile
as $$
declare
    owed   identity.mfa_challenges;
    amr    text[];
    proven boolean := false;
begin
    -- The account first, as everybody does who locks both.
    perform 1
    from identity.accounts a
    where a.id = (select c.account_id from identity.mfa_challenges c where c.hash = pass_second_factor.challenge)
      and a.disabled_at is null
    for no key update;
    select c.* into owed
    from identity.mfa_challenges c
    where c.hash = pass_second_factor.challenge and c.expires_at > platform.now()
    for update;
    if owed.hash is null or not exists (
        select 1 from identity.accounts a where a.id = owed.account_id and a.disabled_at is null) then
        return jsonb_build_object('outcome', 'unknown');
    end if;
    amr := owed.amr || '{mfa}'::text[];
    if identity.failure_wait('mfa:' || owed.account_id, pass_second_factor.network, owed.account_id) > 0 then
        proven := false;
    elsif totp_step is not null then
        update identity.totp_factors t set last_step = totp_step
        where t.account_id = owed.account_id and t.confirmed_at is not null and t.last_step < totp_step;
        proven := found;
        amr := owed.amr || '{otp,mfa}'::text[];
    elsif recovery_hash is not null then
        update identity.recovery_codes r set used_at = platform.now()
        where r.account_id = owed.account_id and r.hash = recovery_hash and r.used_at is null;
        proven := found;
    end if;
    if not proven then
        perform identity.count_failure('mfa:' || owed.account_id, pass_second_factor.network);
        perform platform.record(context, 'login.second_factor_refused', 'account', owed.account_id::text);
        return jsonb_build_object('outcome', 'refused');
    end if;
    delete from identity.mfa_challenges c where c.hash = owed.hash;
    perform identity.forgive_failures('mfa:' || owed.account_id, pass_second_factor.network);
    return jsonb_build_object('outcome', 'opened', 'grant', identity.start_session(
        context, owed.account_id, pass_second_factor.network, amr, platform.now(),
        session, refresh_hash, pass_second_factor.jti));
end
$$;
