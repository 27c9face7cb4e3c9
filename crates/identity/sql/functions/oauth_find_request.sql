-- A kept request that this browser has begun with; null if there is none.
create or replace function identity.oauth_find_request(request bytea, browser bytea) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'client_id', r.client_id,
        'parameters', r.parameters,
        'begun_at_ms', floor(extract(epoch from r.begun_at) * 1000)::int8)
    from identity.oauth_requests r
    where r.hash = oauth_find_request.request and r.browser = oauth_find_request.browser
      and r.expires_at > platform.now()
$$;
