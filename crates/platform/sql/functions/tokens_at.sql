-- What a bucket that held `tokens` at `counted_at` holds by now. A clock that went back counts as one that stood still.
create or replace function platform.tokens_at(
    tokens float8, counted_at timestamptz, at timestamptz, burst int8, per_ms float8) returns float8
language sql immutable parallel safe
as $$
    select least(burst, tokens + per_ms * 1000 * greatest(0, extract(epoch from at - counted_at)::float8))
$$;
