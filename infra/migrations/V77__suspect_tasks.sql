-- Of the tasks in the hand of a worker that was lost nobody knows which one did it: none is charged, and each goes alone the next time.
alter table platform.tasks
    -- The last worker that had it was lost: it goes with no other task beside it until it is answered.
    add column suspect boolean not null default false;
drop function if exists platform.claim_tasks(uuid, jsonb, int, bigint);
