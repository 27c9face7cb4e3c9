-- The client that holds this registration access token (RFC 7592); null if none does.
create or replace function identity.oauth_registered_client(client text, registration bytea) returns jsonb
language sql stable
as $$
    select identity.oauth_client_document(c)
    from identity.oauth_clients c
    where c.id = oauth_registered_client.client and c.registration_hash = oauth_registered_client.registration
      and c.disabled_at is null
$$;
