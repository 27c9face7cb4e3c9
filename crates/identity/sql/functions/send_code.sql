-- Mails a new code, as often as identity.count_send lets it. False if no mail went out; then the old code stays.
create or replace function identity.send_code(context jsonb, account uuid, purpose text, code text, code_hash bytea)
returns boolean
language plpgsql volatile
as $$
declare
    sent identity.email_codes := identity.count_send(account, purpose, code_hash);
begin
    if sent.account_id is null then
        return false;
    end if;
    perform platform.send_mail(context, 'verification:' || platform.uuid_v7(), sent.email, 'verification_code',
                               jsonb_build_object('code', send_code.code, 'minutes', 10));
    return true;
end
$$;
