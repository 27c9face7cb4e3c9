-- A client, disabled ones too; null if it is unknown.
create or replace function identity.oauth_find_client(client text) returns jsonb
language sql stable
as $$
    select identity.oauth_client_document(c) from identity.oauth_clients c where c.id = oauth_find_client.client
$$;
