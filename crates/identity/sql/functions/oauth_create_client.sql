-- Registers a client. `metadata` is what `oauth_client_document` shows; `secret` and `registration` are hashes or null.
create or replace function identity.oauth_create_client(
    context jsonb, client text, metadata jsonb, secret bytea, registration bytea) returns jsonb
language plpgsql volatile
as $$
declare
    created identity.oauth_clients;
begin
    insert into identity.oauth_clients (
        id, name, uri, auth_method, application_type, redirect_uris, post_logout_redirect_uris, grant_types, scopes,
        resources, id_token_algorithm, jwks, require_pkce, require_par, dpop_bound, registration_hash, created_at,
        updated_at)
    values (
        client, metadata ->> 'client_name', metadata ->> 'client_uri', metadata ->> 'token_endpoint_auth_method',
        metadata ->> 'application_type', identity.oauth_text_array(metadata -> 'redirect_uris'),
        identity.oauth_text_array(metadata -> 'post_logout_redirect_uris'), identity.oauth_text_array(metadata -> 'grant_types'),
        identity.oauth_text_array(metadata -> 'scopes'), identity.oauth_text_array(metadata -> 'resources'),
        metadata ->> 'id_token_signed_response_alg', nullif(metadata -> 'jwks', 'null'),
        (metadata ->> 'require_pkce')::boolean, (metadata ->> 'require_pushed_authorization_requests')::boolean,
        (metadata ->> 'dpop_bound_access_tokens')::boolean, registration, platform.now(), platform.now())
    returning * into created;
    if secret is not null then
        insert into identity.oauth_client_secrets (hash, client_id, created_at) values (secret, client, platform.now());
    end if;
    perform platform.record(context, 'oauth_client.created', 'oauth_client', client, null, metadata);
    return identity.oauth_client_document(created);
end
$$;
