-- Takes up to `wanted` due tasks under a lease, the highest priority first, then the longest due; answers
-- {tasks: [{task_id, kind, attempt, payload, idempotency_key, request_id, traceparent}], next_due_ms}. `next_due_ms` is how
-- long until the next scheduled task is due, null if there is none. `kinds` is [{kind, max_attempts, concurrency, wanted}].
-- `idle` says that the worker has no other task in hand.
--
-- Any task of a worker that was lost may have done it, so that each becomes a suspect and none is charged. A suspect goes alone, to an
-- idle worker and when it is its turn: if that is lost too, the attempt counts. An answer of any kind clears it.
--
-- Each kind has an index of its own part, so a kind at its limit hides no other. Kinds are taken in the order of their names
-- under a lock each: what is running is counted and added to by one claim at a time, and no two claims wait for each other.
-- Nothing to do costs a few index probes and no transaction id.
create or replace function platform.claim_tasks(holder uuid, kinds jsonb, wanted int, lease_ms bigint, idle boolean) returns text
language plpgsql volatile
-- The table may have grown from nothing within a second; its statistics then say nothing.
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
    candidates uuid[] := '{}';
    found_ids  uuid[];
    suspected  boolean := false;
    suspects   boolean;
    running    int;
    claimed    json;
    k          record;
begin
    -- What has become due.
    update platform.tasks t set state = 'queued'
    from (select s.id from platform.tasks s
          where s.state = 'scheduled' and s.run_at <= platform.now()
          order by s.run_at limit 500
          for update skip locked) due
    where t.id = due.id;

    -- What a worker left behind. A task that kills its worker must come to an end: from its second worker on the attempt counts.
    update platform.tasks t
    set state = case when t.suspect and t.attempts >= lost.max_attempts then 'dead' else 'queued' end,
        finished_at = case when t.suspect and t.attempts >= lost.max_attempts then platform.now() end,
        attempts = t.attempts - (not t.suspect)::int, suspect = true,
        lease_holder = null, leased_until = null,
        errors = platform.add_error(t.errors, t.attempts, 'The worker was lost: its lease ran out.'
            || case when t.suspect then '' else ' Any of its tasks may have done it, so the attempt does not count.' end, null)
    from (select r.id, coalesce((select (e ->> 'max_attempts')::int from jsonb_array_elements(kinds) e
                                 where e ->> 'kind' = r.kind), 12) as max_attempts
          from platform.tasks r
          where r.state = 'running' and r.leased_until < platform.now()
          limit 500
          for update skip locked) lost
    where t.id = lost.id;

    for k in
        select e ->> 'kind' as kind, (e ->> 'concurrency')::int as concurrency
        from jsonb_array_elements(kinds) e,
             -- A probe for each kind: `exists` may become a join that reads all that is queued.
             lateral (select from platform.tasks t where t.state = 'queued' and t.kind = e ->> 'kind' limit 1) queued
        where (e ->> 'wanted')::boolean
        order by 1
    loop
        perform pg_advisory_xact_lock(hashtext('platform.claim_tasks'), hashtext(k.kind));
        -- A statement of its own, after the lock: it sees what the claim before has taken.
        select count(*) into running from platform.tasks t where t.state = 'running' and t.kind = k.kind;
        if running < k.concurrency then
            select array_agg(q.id), bool_or(q.suspect) into found_ids, suspects
            from (select t.id, t.suspect from platform.tasks t
                  where t.state = 'queued' and t.kind = k.kind
                  order by t.priority desc, t.run_at, t.id
                  limit least(k.concurrency - running, wanted)
                  for update skip locked) q;
            candidates := candidates || coalesce(found_ids, '{}');
            suspected := suspected or coalesce(suspects, false);
        end if;
    end loop;

    if suspected then
        select case
                   when claim_tasks.idle and (array_agg(t.suspect order by t.priority desc, t.run_at, t.id))[1]
                       then (array_agg(t.id order by t.priority desc, t.run_at, t.id))[1:1]
                   else coalesce(array_agg(t.id) filter (where not t.suspect), '{}')
               end
        into candidates
        from platform.tasks t where t.id = any (candidates);
    end if;

    if cardinality(candidates) > 0 then
        with chosen as (
            select t.id from platform.tasks t
            where t.id = any (candidates)
            order by t.priority desc, t.run_at, t.id
            limit wanted),
        taken as (
            update platform.tasks t
            set state = 'running', attempts = t.attempts + 1, lease_holder = claim_tasks.holder,
                leased_until = platform.now() + make_interval(secs => lease_ms / 1000.0)
            from chosen where t.id = chosen.id
            returning t.*)
        select json_agg(json_build_object(
                   'task_id', t.id, 'kind', t.kind, 'attempt', t.attempts, 'snoozes', t.snoozes, 'payload', t.payload,
                   'idempotency_key', t.idempotency_key, 'request_id', t.request_id, 'traceparent', t.traceparent)
               order by t.priority desc, t.run_at, t.id)
        into claimed from taken t;
    end if;

    return json_build_object(
        'tasks', coalesce(claimed, '[]'),
        'next_due_ms', (select (extract(epoch from s.run_at - platform.now()) * 1000)::bigint
                        from platform.tasks s where s.state = 'scheduled' order by s.run_at limit 1));
end
$$;
