-- Removes a parked event and gives the next one of its key its turn. The caller holds the consumer's row.
create or replace function platform.drop_parked_event(parked platform.parked_events) returns void
language plpgsql volatile
set enable_seqscan = off
as $$
begin
    delete from platform.parked_events p
    where p.consumer = parked.consumer and p.xid = parked.xid and p.seq = parked.seq;
    update platform.parked_events p set state = 'retry', run_at = platform.now()
    from (select n.xid, n.seq from platform.parked_events n
          where n.consumer = parked.consumer and n.key = parked.key
          order by n.xid, n.seq limit 1) next
    where p.consumer = parked.consumer and p.xid = next.xid and p.seq = next.seq and p.state = 'behind';
end
$$;
