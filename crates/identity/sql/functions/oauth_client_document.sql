-- A client as administrators and the client itself see it, without anything secret (names of RFC 7591 section 2).
create or replace function identity.oauth_client_document(client identity.oauth_clients) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'client_id', client.id,
        'client_name', client.name,
        'client_uri', client.uri,
        'token_endpoint_auth_method', client.auth_method,
        'application_type', client.application_type,
        'redirect_uris', to_jsonb(client.redirect_uris),
        'post_logout_redirect_uris', to_jsonb(client.post_logout_redirect_uris),
        'grant_types', to_jsonb(client.grant_types),
        'scope', array_to_string(client.scopes, ' '),
        'resources', to_jsonb(client.resources),
        'id_token_signed_response_alg', client.id_token_algorithm,
        'jwks', client.jwks,
        'require_pkce', client.require_pkce,
        'require_pushed_authorization_requests', client.require_par,
        'dpop_bound_access_tokens', client.dpop_bound,
        'self_registered', client.registration_hash is not null,
        'disabled', client.disabled_at is not null,
        'created_at', platform.time_text(client.created_at),
        'updated_at', platform.time_text(client.updated_at))
$$;
