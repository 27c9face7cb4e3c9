-- Puts a new code in the place of an old one and mails it: at most one a minute and five an hour, or the mailbox of a stranger
-- could be filled. Attempts are not given back. False if no mail went out; then the old code stays.
create or replace function identity.send_code(context jsonb, account uuid, purpose text, code text, code_hash bytea)
returns boolean
language plpgsql volatile
as $$
declare
    sent identity.email_codes;
begin
    update identity.email_codes c
    set code_hash = send_code.code_hash,
        expires_at = platform.now() + interval '10 minutes',
        sends = case when c.sends_since <= platform.now() - interval '1 hour' then 1 else c.sends + 1 end,
        sends_since = case when c.sends_since <= platform.now() - interval '1 hour' then platform.now() else c.sends_since end,
        sent_at = platform.now()
    where c.account_id = send_code.account and c.purpose = send_code.purpose
      and c.sent_at <= platform.now() - interval '1 minute'
      and (c.sends < 5 or c.sends_since <= platform.now() - interval '1 hour')
    returning c.* into sent;
    if sent.account_id is null then
        return false;
    end if;
    perform platform.send_mail(context, 'verification:' || platform.uuid_v7(), sent.email, 'verification_code',
                               jsonb_build_object('code', send_code.code, 'minutes', 10));
    return true;
end
$$;
