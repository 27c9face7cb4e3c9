-- The position that this transaction writes at: its id, plus what an earlier server was ahead. A function whose body is a constant
-- says how much that is, so that Postgres reckons with it while planning.
create or replace function platform.transaction_id() returns xid8
language sql volatile
as $$
    select (pg_current_xact_id()::text::int8 + platform.transaction_offset())::text::xid8
$$;
