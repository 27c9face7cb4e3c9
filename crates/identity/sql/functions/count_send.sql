-- Puts a new code in the place of an old one: at most one a minute and five an hour, or the mailbox of a stranger could be filled.
-- Attempts are not given back. The row if a mail may go out; else null, and the old code stays. Without a code (null) the mail counts all
-- the same, and no code is good.
create or replace function identity.count_send(account uuid, purpose text, code_hash bytea) returns identity.email_codes
language plpgsql volatile
as $$
declare
    counted identity.email_codes;
begin
    update identity.email_codes c
    set code_hash = count_send.code_hash,
        expires_at = platform.now() + interval '10 minutes',
        sends = case when c.sends_since <= platform.now() - interval '1 hour' then 1 else c.sends + 1 end,
        sends_since = case when c.sends_since <= platform.now() - interval '1 hour' then platform.now() else c.sends_since end,
        sent_at = platform.now()
    where c.account_id = count_send.account and c.purpose = count_send.purpose
      and c.sent_at <= platform.now() - interval '1 minute'
      and (c.sends < 5 or c.sends_since <= platform.now() - interval '1 hour')
    returning c.* into counted;
    return counted;
end
$$;
