-- Removes a client with all that it was granted. Answers {outcome}: deleted, stale (`version` is another), not_found.
create or replace function identity.oauth_delete_client(context jsonb, client text, version int8) returns jsonb
language plpgsql volatile
as $$
declare
    before identity.oauth_clients;
begin
    -- A client that removes itself (RFC 7592) has shown its registration access token.
    if context ->> 'actor' is distinct from client then
        perform identity.require_live(context);
    end if;
    select c.* into before from identity.oauth_clients c where c.id = client for update;
    if before.id is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if oauth_delete_client.version <> identity.oauth_client_version(before) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform identity.oauth_close_client(client);
    delete from identity.oauth_clients c where c.id = client;
    perform platform.record(context, 'oauth_client.deleted', 'oauth_client', client);
    return jsonb_build_object('outcome', 'deleted');
end
$$;
