-- What services may know of tasks: those that will still be done.
create view platform.unfinished_tasks as
select t.kind, t.payload
from platform.tasks t
where t.state in ('queued', 'scheduled', 'running');

-- And of Idempotency-Keys: which resource a key has made, by which request.
create view platform.claimed_keys as
select i.principal, i.route, i.key, i.request_hash, i.resource_id
from platform.idempotency i;
