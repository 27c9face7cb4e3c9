-- A client, disabled ones too, {client, version}; null if it is unknown.
create or replace function identity.oauth_find_client(client text) returns jsonb
language sql stable
as $$
    select jsonb_build_object('client', identity.oauth_client_document(c), 'version', identity.oauth_client_version(c))
    from identity.oauth_clients c
    where c.id = oauth_find_client.client
$$;
