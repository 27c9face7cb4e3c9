-- Replaces a client's metadata. Less scope or fewer grant types count from the next token on; a client that is switched off loses
-- all tokens now. Answers
--   updated    {client, version},
--   not_found, stale (`version` is another).
create or replace function identity.oauth_update_client(
    context jsonb, client text, version int8, metadata jsonb, disabled boolean) returns jsonb
language plpgsql volatile
as $$
declare
    before  identity.oauth_clients;
    updated identity.oauth_clients;
begin
    perform identity.require_live(context);
    select c.* into before from identity.oauth_clients c where c.id = client for update;
    if before.id is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if oauth_update_client.version <> identity.oauth_client_version(before) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    update identity.oauth_clients c
    set name = metadata ->> 'client_name',
        uri = metadata ->> 'client_uri',
        auth_method = metadata ->> 'token_endpoint_auth_method',
        application_type = metadata ->> 'application_type',
        redirect_uris = identity.oauth_text_array(metadata -> 'redirect_uris'),
        post_logout_redirect_uris = identity.oauth_text_array(metadata -> 'post_logout_redirect_uris'),
        grant_types = identity.oauth_text_array(metadata -> 'grant_types'),
        scopes = identity.oauth_text_array(metadata -> 'scopes'),
        resources = identity.oauth_text_array(metadata -> 'resources'),
        id_token_algorithm = metadata ->> 'id_token_signed_response_alg',
        jwks = nullif(metadata -> 'jwks', 'null'),
        require_pkce = (metadata ->> 'require_pkce')::boolean,
        require_par = (metadata ->> 'require_pushed_authorization_requests')::boolean,
        dpop_bound = (metadata ->> 'dpop_bound_access_tokens')::boolean,
        disabled_at = case when disabled then coalesce(c.disabled_at, platform.now()) end,
        updated_at = greatest(platform.now(), c.updated_at + interval '1 microsecond')
    where c.id = client
    returning * into updated;
    if updated.disabled_at is not null and before.disabled_at is null then
        perform identity.oauth_close_client(client);
    end if;
    perform platform.record(context, 'oauth_client.updated', 'oauth_client', client,
                            identity.oauth_client_document(before), identity.oauth_client_document(updated));
    return jsonb_build_object('outcome', 'updated', 'client', identity.oauth_client_document(updated),
                              'version', identity.oauth_client_version(updated));
end
$$;
