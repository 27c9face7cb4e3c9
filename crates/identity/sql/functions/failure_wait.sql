-- How many seconds somebody must wait before another guess is looked at; 0 for none. The same for a name that nobody has.
-- `account` is whom the name belongs to, if anybody.
create or replace function identity.failure_wait(name text, network text, account uuid) returns int
language sql stable
as $$
    select coalesce(max(ceil(extract(epoch from f.blocked_until - platform.now())))::int, 0)
    from identity.failure_limits() l
    join identity.login_failures f on f.key = identity.failure_key(l.kind, failure_wait.name, failure_wait.network)
    where f.blocked_until > platform.now()
      and (l.kind = 'pair' or not exists (
          select 1 from identity.known_networks k
          where k.account_id = failure_wait.account and k.network = failure_wait.network))
$$;
