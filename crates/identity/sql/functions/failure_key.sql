-- What failures are counted by: `pair` of a login name and a network, `name` alone, or `network` alone.
create or replace function identity.failure_key(kind text, name text, network text) returns bytea
language sql immutable
as $$
    select sha256(convert_to(
        kind || E'\n' || case when kind = 'network' then '' else name end
             || E'\n' || case when kind = 'name' then '' else network end, 'UTF8'))
$$;
