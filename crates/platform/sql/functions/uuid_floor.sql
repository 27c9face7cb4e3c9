-- The smallest UUIDv7 of a moment: ids of rows made since then are not less. So that a window of time is a range of ids.
create or replace function platform.uuid_floor(at timestamptz) returns uuid
language sql immutable parallel safe
as $$
    select encode(
        overlay('\x00000000000070008000000000000000'::bytea
                placing substring(int8send((extract(epoch from at) * 1000)::int8) from 3)
                from 1 for 6),
        'hex')::uuid
$$;
