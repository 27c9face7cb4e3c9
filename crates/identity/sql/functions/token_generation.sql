-- The last revocation of an account's or a client's tokens, in microseconds since the epoch; 0 if there is none. A token says it as its
-- `generation` and dies with the next revocation, however soon that follows: no clock is asked which came first. In plpgsql, whose plan the
-- session keeps: the functions that ask are in SQL and would plan it anew each time.
create or replace function identity.token_generation(subject text) returns int8
language plpgsql stable
as $$
begin
    return coalesce((
        select (extract(epoch from r.revoked_at) * 1000000)::int8
        from identity.revocations r
        where r.kind = 'subject' and r.id = token_generation.subject), 0);
end
$$;
