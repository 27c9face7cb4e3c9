-- Ends all that an account's credentials led to: sessions with their refresh and access tokens, what OAuth clients were
-- given, API keys, and whatever is still pending. `except_session` lives on. Answers how many sessions were ended.
create or replace function identity.end_access(account uuid, except_session uuid) returns int
language plpgsql volatile
as $$
declare
    session_id uuid;
    ended      int := 0;
begin
    for session_id in
        select s.id from identity.sessions s
        where s.account_id = end_access.account and s.ended_at is null
          and s.id is distinct from end_access.except_session
        order by s.id
    loop
        if identity.close_session(session_id) then
            ended := ended + 1;
        end if;
    end loop;
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
