-- An event that kills whoever hands it over is found and given up, as a task that does.
alter table platform.consumers
    -- Where the events end that were last handed over under a lease.
    add column handed_xid xid8,
    add column handed_seq bigint,
    -- A worker was lost on the way to here: up to here events go one by one, so that it shows which of them did it.
    add column singly_xid xid8,
    add column singly_seq bigint;
alter table platform.parked_events
    -- The worker of the last attempt was lost: the next one has no other event beside it.
    add column lost boolean not null default false;
drop function if exists platform.claim_parked_events(uuid, text[], int, bigint);
