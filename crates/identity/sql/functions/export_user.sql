-- Identity's share of what an account's owner may take away. Every service that knows something of people has a function of this name
-- in its schema; identity.export_account collects them.
create or replace function identity.export_user(account uuid) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'account', identity.user_document(a) || identity.account_access(a.id)
            || jsonb_build_object('email_verified_at', platform.time_text(a.email_verified_at)),
        'sessions', coalesce((
            select jsonb_agg(jsonb_build_object(
                'id', s.id, 'device', s.agent, 'address', s.address, 'amr', to_jsonb(s.amr),
                'created_at', platform.time_text(s.authenticated_at), 'last_used_at', platform.time_text(s.last_used_at),
                'expires_at', platform.time_text(s.expires_at), 'ended_at', platform.time_text(s.ended_at)) order by s.id)
            from identity.sessions s where s.account_id = a.id), '[]'),
        'api_keys', coalesce((
            select jsonb_agg(identity.api_key_document(k)
                || jsonb_build_object('revoked_at', platform.time_text(k.revoked_at)) order by k.id)
            from identity.api_keys k where k.account_id = a.id), '[]'),
        'passkeys', coalesce((
            select jsonb_agg(identity.passkey_document(p) order by p.id)
            from identity.passkeys p where p.account_id = a.id), '[]'),
        'totp', (
            select jsonb_build_object('created_at', platform.time_text(t.created_at),
                                      'confirmed_at', platform.time_text(t.confirmed_at))
            from identity.totp_factors t where t.account_id = a.id),
        'consents', identity.oauth_list_consents(a.id),
        'known_networks', coalesce((
            select jsonb_agg(jsonb_build_object('network', n.network, 'last_login_at', platform.time_text(n.last_login_at))
                             order by n.network)
            from identity.known_networks n where n.account_id = a.id), '[]'))
    from identity.accounts a
    where a.id = export_user.account
$$;
