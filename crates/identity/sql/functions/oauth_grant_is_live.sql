-- Whether tokens may still come of a grant.
create or replace function identity.oauth_grant_is_live(granted identity.oauth_grants) returns boolean
language sql stable
as $$
    select granted.ended_at is null and granted.expires_at > platform.now()
       and granted.last_used_at > platform.now() - interval '7 days'
       and exists (
           select 1 from identity.accounts a where a.id = granted.account_id and a.disabled_at is null)
       and ('offline_access' = any (granted.scopes) or exists (
           select 1 from identity.sessions s
           where s.id = granted.session_id and s.ended_at is null and s.expires_at > platform.now()))
$$;
