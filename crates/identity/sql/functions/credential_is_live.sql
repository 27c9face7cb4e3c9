-- Whether a credential stands at this moment, not as the trust snapshot of a second ago has it: for writes that move credentials or
-- money. `session` is null for credentials without one, `issued_at` seconds since the epoch.
create or replace function identity.credential_is_live(subject text, session text, jti text, issued_at int8) returns boolean
language sql stable
as $$
    select (credential_is_live.session is null or exists (
               select 1
               from identity.sessions s
               join identity.accounts a on a.id = s.account_id and a.disabled_at is null
               where s.id = credential_is_live.session::uuid and s.ended_at is null and s.expires_at > platform.now()))
       and not exists (
           select 1 from identity.revocations r
           where r.kind = 'subject' and r.id = credential_is_live.subject
             and r.revoked_at >= to_timestamp(credential_is_live.issued_at))
       and not exists (
           select 1 from identity.revocations r
           where r.kind = 'token' and r.id = credential_is_live.jti)
$$;
