-- Asks for a check of the keys that were not looked at for six hours, spread over the next ten minutes so that not all of them
-- call at once. Keys that the exchange has locked out are left alone for their quarter of an hour. Whose key ends is told so fourteen
-- days before, three, and one, once each.
create or replace function trading.check_keys(context jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    asked bigint;
begin
    perform platform.notify(
        context, 'key_expiring:' || k.id || ':' || extract(epoch from k.valid_until)::bigint || ':' || soon.days, k.user_id,
        'key_expiring', jsonb_build_object('key_id', k.id, 'label', k.label, 'days', soon.days))
    from trading.exchange_keys k
    cross join lateral (
        select min(n.days) as days from unnest(array[1, 3, 14]) n(days)
        where k.valid_until <= platform.now() + n.days * interval '1 day') soon
    where k.disconnected_at is null and k.status = 'active'
      and k.valid_until > platform.now() and k.valid_until <= platform.now() + interval '14 days';
    select count(platform.enqueue(context, 'check_key', k.id || ':' || k.version || ':' || extract(epoch from platform.now())::bigint / 3600, jsonb_build_object('key_id', k.id),
               platform.now() + random() * interval '10 minutes'))
    into asked
    from trading.exchange_keys k
    where k.disconnected_at is null
      and (k.checked_at < platform.now() - interval '6 hours'
           or (k.status = 'locked' and k.checked_at < platform.now() - interval '20 minutes'))
      and not exists (select from trading.key_lanes l where l.lane = k.lane and l.locked_until > platform.now());
    return jsonb_build_object('asked', asked);
end
$$;
