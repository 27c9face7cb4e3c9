-- Whether an access token whose signature is good has not been taken back, exactly and now: {username, resources: what the
-- asking client serves}; null if it is dead. `sub` is an account or, for tokens of clients themselves, the client.
create or replace function identity.oauth_access_token_state(
    sub text, sid text, jti text, generation int8, client text, asking text) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'username', a.username,
        'resources', coalesce((
            select to_jsonb(c.resources) from identity.oauth_clients c
            where c.id = oauth_access_token_state.asking), '[]'))
    from (values (1)) as one (row)
    left join identity.accounts a
        on a.id = case when oauth_access_token_state.sub ~ '^[0-9a-f-]{36}$' then oauth_access_token_state.sub::uuid end
    where not exists (
            select 1 from identity.revocations r
            where (r.kind = 'session' and r.id = oauth_access_token_state.sid)
               or (r.kind = 'token' and r.id = oauth_access_token_state.jti))
      and identity.token_generation(oauth_access_token_state.sub) <= oauth_access_token_state.generation
      and case
            when oauth_access_token_state.sub = oauth_access_token_state.client then exists (
                select 1 from identity.oauth_clients c
                where c.id = oauth_access_token_state.client and c.disabled_at is null)
            else a.id is not null and a.disabled_at is null
          end
$$;
