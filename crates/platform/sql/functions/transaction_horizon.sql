-- The position up to which everything is there for good: before the oldest transaction that is still running.
create or replace function platform.transaction_horizon() returns xid8
language sql stable
as $$
    select (pg_snapshot_xmin(pg_current_snapshot())::text::int8 + platform.transaction_offset())::text::xid8
$$;
