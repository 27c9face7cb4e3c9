-- Lets positions go on where they were, in a database that a logical dump brought to this server. Positions in the outbox and the
-- audit log are transaction ids; a dump carries the numbers in the rows, and not the server's counter. Behind them it would
-- hide all events, the old for as long as its ids take to catch up, and the new would come before the old. Answers whether there was
-- anything to do. On the server where the rows were written there never is: no row is ahead of its own counter.
--
-- The migrate program calls it at the end of each run, for the owner; it may be called at any time.
create or replace function platform.after_restore() returns boolean
language plpgsql volatile
as $$
declare
    ahead int8;
begin
    if platform.newest_position() < pg_snapshot_xmax(pg_current_snapshot())::text::int8 + platform.transaction_offset() then
        return false;
    end if;
    -- Whoever is writing ends first, and whoever waits here writes after it.
    lock table platform.outbox, platform.audit in share row exclusive mode;
    -- From the oldest transaction on that still runs: it may be one that waits here.
    ahead := platform.newest_position() + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::int8;
    execute format(
        'create or replace function platform.transaction_offset() returns int8 language sql immutable parallel safe as %L',
        format('select %s::int8', ahead));
    return true;
end
$$;
