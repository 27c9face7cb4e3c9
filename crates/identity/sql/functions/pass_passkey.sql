-- Signs in with a verified passkey. `owed` is the login that owes its second factor; null where the passkey is the first and only one.
-- A counter that does not grow means a copy of the authenticator (WebAuthn section 6.1.1): refused, and recorded. Answers
--   opened      {grant},
--   unverified  the operator wants addresses proved, and this one is not,
--   refused     gone, disabled or copied,
--   unknown     the login that owed it is over.
create or replace function identity.pass_passkey(
    context jsonb, passkey uuid, sign_count int8, backed_up boolean, owed bytea, verification_required boolean,
    network text, session uuid, refresh_hash bytea, jti uuid) returns jsonb
language plpgsql volatile
as $$
declare
    owner     identity.accounts;
    challenge identity.mfa_challenges;
    amr       text[] := '{pop,user,mfa}';
begin
    select a.* into owner
    from identity.accounts a
    where a.id = (select p.account_id from identity.passkeys p where p.id = pass_passkey.passkey) and a.disabled_at is null
    for share;
    if owner.id is null then
        return jsonb_build_object('outcome', 'refused');
    end if;
    update identity.passkeys p
    set sign_count = pass_passkey.sign_count, backed_up = pass_passkey.backed_up, last_used_at = platform.now()
    where p.id = pass_passkey.passkey
      and (p.sign_count < pass_passkey.sign_count or p.sign_count = 0 and pass_passkey.sign_count = 0);
    if not found then
        perform platform.record(context, 'passkey.copied', 'passkey', pass_passkey.passkey::text);
        return jsonb_build_object('outcome', 'refused');
    end if;
    if owed is not null then
        delete from identity.mfa_challenges c
        where c.hash = owed and c.account_id = owner.id and c.expires_at > platform.now()
        returning c.* into challenge;
        if challenge.hash is null then
            return jsonb_build_object('outcome', 'unknown');
        end if;
        amr := challenge.amr || '{pop,mfa}'::text[];
        perform identity.forgive_failures('mfa:' || owner.id, pass_passkey.network);
    elsif verification_required and owner.email_verified_at is null then
        return jsonb_build_object('outcome', 'unverified');
    end if;
    return jsonb_build_object('outcome', 'opened', 'grant', identity.start_session(
        context, owner.id, pass_passkey.network, amr, platform.now(), session, refresh_hash, pass_passkey.jti));
end
$$;
