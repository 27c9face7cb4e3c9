-- Live sessions of an account, newest first, one more than `page` so that the caller sees whether there are others.
create or replace function identity.list_sessions(account uuid, before uuid, page int8) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'id', s.id,
        'device', s.agent,
        'address', s.address,
        'amr', to_jsonb(s.amr),
        'created_at', platform.time_text(s.authenticated_at),
        'last_used_at', platform.time_text(s.last_used_at),
        'expires_at', platform.time_text(s.expires_at)) order by s.id desc), '[]')
    from (
        select l.*
        from identity.sessions l
        where l.account_id = list_sessions.account and l.ended_at is null and l.expires_at > platform.now()
          and l.last_used_at > platform.now() - interval '7 days'
          and (list_sessions.before is null or l.id < list_sessions.before)
        order by l.id desc
        limit list_sessions.page + 1) s
$$;
