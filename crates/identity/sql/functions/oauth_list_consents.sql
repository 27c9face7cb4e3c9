-- What a person let which client do, by the client's name.
create or replace function identity.oauth_list_consents(account uuid) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'client_id', c.id,
        'client_name', c.name,
        'client_uri', c.uri,
        'scopes', to_jsonb(n.scopes),
        'granted_at', platform.time_text(n.granted_at),
        'last_used_at', (
            select platform.time_text(max(g.last_used_at))
            from identity.oauth_grants g
            where g.account_id = n.account_id and g.client_id = n.client_id and g.ended_at is null))
        order by c.name, c.id), '[]')
    from identity.oauth_consents n
    join identity.oauth_clients c on c.id = n.client_id
    where n.account_id = oauth_list_consents.account
$$;
