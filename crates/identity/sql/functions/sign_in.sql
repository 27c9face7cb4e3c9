-- After the first factor. Answers
--   opened        {grant}: what the access token says,
--   mfa_required  {methods}: the challenge, whose token the caller holds, is good for five minutes.
create or replace function identity.sign_in(
    context jsonb, account uuid, network text, amr text[], session uuid, refresh_hash bytea, jti uuid, challenge bytea)
returns jsonb
language plpgsql volatile
as $$
declare
    methods text[] := identity.second_factors(account);
begin
    if cardinality(methods) = 0 then
        return jsonb_build_object('outcome', 'opened', 'grant', identity.start_session(
            context, account, sign_in.network, sign_in.amr, platform.now(), session, refresh_hash, sign_in.jti));
    end if;
    insert into identity.mfa_challenges (hash, account_id, amr, created_at, expires_at)
    values (challenge, account, sign_in.amr, platform.now(), platform.now() + interval '5 minutes');
    perform platform.record(context || jsonb_build_object('actor', account), 'login.second_factor_owed', 'account', account::text);
    return jsonb_build_object('outcome', 'mfa_required', 'methods', to_jsonb(methods));
end
$$;
