-- Keeps an authorization request for `seconds`. `browser` is null for those that a client pushed.
create or replace function identity.oauth_keep_request(
    request bytea, client text, parameters jsonb, browser bytea, seconds int8) returns jsonb
language plpgsql volatile
as $$
begin
    insert into identity.oauth_requests (hash, client_id, parameters, browser, begun_at, expires_at)
    values (request, client, oauth_keep_request.parameters, oauth_keep_request.browser,
            case when oauth_keep_request.browser is not null then platform.now() end,
            platform.now() + seconds * interval '1 second');
    return jsonb_build_object('outcome', 'kept');
end
$$;
