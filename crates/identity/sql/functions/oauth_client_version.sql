-- The version of a client, for the entity tag: no two changes of it have the same time.
create or replace function identity.oauth_client_version(client identity.oauth_clients) returns int8
language sql stable
as $$ select (extract(epoch from client.updated_at) * 1000000)::int8 $$;
