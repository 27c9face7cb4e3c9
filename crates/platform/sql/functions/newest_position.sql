-- The newest position that any row names; 0 if there is none. What no server can have reached is not one: the application's role
-- may write any number into an event. Sees what its caller's snapshot sees.
create or replace function platform.newest_position() returns int8
language sql stable
as $$
    select coalesce(greatest(
        (select o.xid from platform.outbox o where o.xid < '4611686018427387904' order by o.xid desc, o.seq desc limit 1)::text::int8,
        (select a.xid from platform.audit a where a.xid < '4611686018427387904' order by a.xid desc, a.seq desc limit 1)::text::int8,
        (select c.xid from platform.audit_chain c where c.xid < '4611686018427387904')::text::int8,
        (select c.xid from platform.consumers c where c.xid < '4611686018427387904' order by c.xid desc limit 1)::text::int8), 0)
$$;
