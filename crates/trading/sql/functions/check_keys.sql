-- Asks for a check of the keys that were not looked at for six hours, spread over the next ten minutes so that not all of them
-- call at once. Keys that the exchange has locked out are left alone for their quarter of an hour.
create or replace function trading.check_keys(context jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    asked bigint;
begin
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
