-- A kept request, for the browser that comes with it: the first one to come has it to itself, for half an hour.
-- {client_id, parameters, begun_at_ms}; null if there is none, it is over, or it is another browser's.
create or replace function identity.oauth_begin_request(request bytea, browser bytea) returns jsonb
language sql volatile
as $$
    update identity.oauth_requests r
    set browser = coalesce(r.browser, oauth_begin_request.browser),
        begun_at = coalesce(r.begun_at, platform.now()),
        expires_at = case when r.browser is null then platform.now() + interval '30 minutes' else r.expires_at end
    where r.hash = oauth_begin_request.request and r.expires_at > platform.now()
      and (r.browser is null or r.browser = oauth_begin_request.browser)
    returning jsonb_build_object(
        'client_id', r.client_id,
        'parameters', r.parameters,
        'begun_at_ms', floor(extract(epoch from r.begun_at) * 1000)::int8)
$$;
