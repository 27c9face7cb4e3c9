-- Takes a token out of a bucket that holds `burst` and fills up within `period_ms`, if there is one. Answers
--   {allowed, remaining, reset_ms, retry_ms}: whole tokens left, until the bucket is full, until the next token.
-- One statement decides and takes; requests at once queue at the row. A refusal writes nothing.
create or replace function platform.take_token(key text, burst int8, period_ms int8) returns jsonb
language plpgsql volatile
as $$
declare
    per_ms   float8 := burst::float8 / period_ms;
    at       timestamptz := platform.now();
    has_room boolean;
    tokens   float8;
begin
    insert into platform.token_buckets as b (key, tokens, counted_at, full_at)
    values (take_token.key, burst - 1, at, at + interval '1 ms' / per_ms)
    on conflict on constraint token_buckets_pkey do update
        set tokens = platform.tokens_at(b.tokens, b.counted_at, at, burst, per_ms) - 1,
            counted_at = greatest(b.counted_at, at),
            full_at = greatest(b.counted_at, at)
                      + interval '1 ms' * ((burst - platform.tokens_at(b.tokens, b.counted_at, at, burst, per_ms) + 1) / per_ms)
        where platform.tokens_at(b.tokens, b.counted_at, at, burst, per_ms) >= 1
    returning b.tokens into tokens;
    has_room := found;
    if not has_room then
        select platform.tokens_at(b.tokens, b.counted_at, at, burst, per_ms) into tokens
        from platform.token_buckets b
        where b.key = take_token.key;
        -- Swept in this moment: then it is full by now, and the next attempt finds it so.
        tokens := least(coalesce(tokens, 0), 1);
    end if;
    return jsonb_build_object(
        'allowed', has_room,
        'remaining', case when has_room then floor(tokens)::int8 else 0 end,
        'reset_ms', ceil((burst - tokens) / per_ms)::int8,
        'retry_ms', case when has_room then 0 else greatest(1, ceil((1 - tokens) / per_ms))::int8 end);
end
$$;
