-- Counts a wrong password or code. Beyond what is free, the next guess waits 30 s, then twice as long each time, up to 15 minutes.
create or replace function identity.count_failure(name text, network text) returns void
language sql volatile
as $$
    insert into identity.login_failures as f (key, failures, last_failure_at, blocked_until)
    select identity.failure_key(l.kind, count_failure.name, count_failure.network), 1, platform.now(), '-infinity'
    from identity.failure_limits() l
    -- In one order, so that two at once can't wait for each other.
    order by 1
    on conflict on constraint login_failures_pkey do update set (failures, last_failure_at, blocked_until) = (
        select n.failures, platform.now(),
               case when n.failures < n.free then '-infinity'
                    else platform.now() + least(900, 30 * 2 ^ least(n.failures - n.free, 10)) * interval '1 second' end
        from (select m.free,
                     case when f.last_failure_at <= platform.now() - m.window_s * interval '1 second' then 1
                          else f.failures + 1 end as failures
              from identity.failure_limits() m
              where identity.failure_key(m.kind, count_failure.name, count_failure.network) = excluded.key) n)
$$;
