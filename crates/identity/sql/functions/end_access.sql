-- Ends all that an account's credentials led to: sessions with their refresh and access tokens, what OAuth clients were
-- given, API keys, and whatever is still pending. `except_session` lives on. Answers how many sessions were ended.
create or replace function identity.end_access(account uuid, except_session uuid) returns int
language plpgsql volatile
as $$
declare
    ended int := identity.close_sessions(account, except_session);
begin
    perform identity.oauth_close_grants(end_access.account);
    update identity.api_keys k set revoked_at = platform.now()
    where k.account_id = end_access.account and k.revoked_at is null;
    delete from identity.password_resets r where r.account_id = end_access.account;
    delete from identity.mfa_challenges c where c.account_id = end_access.account;
    delete from identity.passkey_ceremonies c where c.account_id = end_access.account;
    -- The row stays: it remembers how often somebody has guessed, and that the mailbox is contested.
    update identity.email_codes c
    set code_hash = null, password_hash = null, username = null, username_key = null
    where c.account_id = end_access.account;
    return ended;
end
$$;
