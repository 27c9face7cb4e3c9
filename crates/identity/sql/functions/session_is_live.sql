-- Whether a session stands at this moment, not as a snapshot of a second ago has it: for writes that change credentials.
create or replace function identity.session_is_live(account uuid, session uuid) returns boolean
language sql stable
as $$
    select exists (
        select 1
        from identity.sessions s
        join identity.accounts a on a.id = s.account_id and a.disabled_at is null
        where s.id = session_is_live.session and s.account_id = session_is_live.account and s.ended_at is null
          and s.expires_at > platform.now() and s.last_used_at > platform.now() - interval '7 days')
$$;
