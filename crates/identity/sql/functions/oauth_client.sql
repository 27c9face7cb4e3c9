-- A client with the hashes (hex) of the secrets that are good now, and the `generation` that tokens of its own say; null if it is unknown
-- or disabled.
create or replace function identity.oauth_client(client text) returns jsonb
language sql stable
as $$
    select identity.oauth_client_document(c) || jsonb_build_object(
        'secrets', coalesce((
            select jsonb_agg(encode(s.hash, 'hex'))
            from identity.oauth_client_secrets s
            where s.client_id = c.id and (s.expires_at is null or s.expires_at > platform.now())), '[]'),
        'generation', identity.token_generation(c.id))
    from identity.oauth_clients c
    where c.id = oauth_client.client and c.disabled_at is null
$$;
