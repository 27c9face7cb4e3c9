-- The row of a grant. Without `offline_access` it lives as long as the session at most.
create or replace function identity.oauth_open_grant(
    grant_id uuid, client text, session identity.sessions, details jsonb) returns void
language sql volatile
as $$
    insert into identity.oauth_grants (
        id, client_id, account_id, session_id, scopes, resources, claims, nonce, auth_time, amr, acr, jkt, created_at,
        last_used_at, expires_at)
    values (
        oauth_open_grant.grant_id, client, session.account_id, session.id, identity.oauth_text_array(details -> 'scopes'),
        identity.oauth_text_array(details -> 'resources'), coalesce(nullif(details -> 'claims', 'null'), '{}'),
        details ->> 'nonce', session.authenticated_at, session.amr, details ->> 'acr', details ->> 'jkt',
        platform.now(), platform.now(),
        case when details -> 'scopes' ? 'offline_access' then platform.now() + interval '30 days'
             else session.expires_at end)
$$;
