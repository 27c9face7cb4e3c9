-- Mails the code that somebody asked for. Asked for from another network than the registration came from, it confirms no
-- password: its reader may be somebody else than who registered. Answers {outcome: sent|not_sent}.
create or replace function identity.issue_code(context jsonb, account uuid, network text, code text, code_hash bytea)
returns jsonb
language plpgsql volatile
as $$
declare
    owner identity.accounts;
    known identity.email_codes;
    sent  boolean;
begin
    select a.* into owner from identity.accounts a
    where a.id = issue_code.account and a.email_verified_at is null and a.disabled_at is null
    for no key update;
    if owner.id is null then
        return jsonb_build_object('outcome', 'not_sent');
    end if;
    select c.* into known from identity.email_codes c where c.account_id = owner.id and c.purpose = 'verify' for update;
    if known.account_id is null or known.network is distinct from issue_code.network
       or known.contested_until > platform.now() then
        insert into identity.email_codes as c (
            account_id, purpose, email, code_hash, expires_at, network, keeps_password, contested_until,
            attempts_since, sends_since, sent_at)
        values (owner.id, 'verify', owner.email, null, '-infinity', issue_code.network, false,
                platform.now() + interval '1 hour', platform.now(), platform.now(), '-infinity')
        on conflict on constraint email_codes_pkey do update
        set keeps_password = false, password_hash = null, username = null, username_key = null,
            contested_until = excluded.contested_until;
    end if;
    sent := identity.send_code(context, owner.id, 'verify', issue_code.code, issue_code.code_hash);
    return jsonb_build_object('outcome', case when sent then 'sent' else 'not_sent' end);
end
$$;
