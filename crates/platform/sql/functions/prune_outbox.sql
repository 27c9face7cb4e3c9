-- Deletes events that are older than 14 days and that every consumer has passed, but for one that has not moved for 30 days: its
-- subscription is gone, or nobody cares. The application's role may not delete events
-- by itself; this, with its owner's rights, is the only way.
create or replace function platform.prune_outbox(portion int) returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    deleted int;
begin
    delete from platform.outbox o
    using (select e.id from platform.outbox e
           where e.created_at < platform.now() - interval '14 days'
             and not exists (select from platform.consumers c where (e.xid, e.seq) > (c.xid, c.seq)
                               and c.moved_at > platform.now() - interval '30 days')
           order by e.created_at limit portion
           for update skip locked) old
    where o.id = old.id;
    get diagnostics deleted = row_count;
    return deleted;
end
$$;
