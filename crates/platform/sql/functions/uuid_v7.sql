-- RFC 9562 version 7: milliseconds since the epoch, twelve bits of the next fraction (its section 6.2, method 3), so that
-- ids of one session are in the order in which they were made, then random bits. For rows that a function makes besides
-- the one whose id the caller chose.
create or replace function platform.uuid_v7() returns uuid
language sql volatile parallel safe
as $$
    select encode(
        overlay(uuid_send(gen_random_uuid())
                placing substring(int8send(us / 1000) from 3) || int2send((28672 + us % 1000 * 4096 / 1000)::int2)
                from 1 for 8),
        'hex')::uuid
    from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as us) clock
$$;
