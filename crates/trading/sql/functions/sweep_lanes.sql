-- Forgets lanes that no key has, nor ever had, and whose last use is a day past: those of connections that broke off between
-- taking the lane and giving it back.
create or replace function trading.sweep_lanes() returns jsonb
language plpgsql volatile
as $$
declare
    swept bigint;
begin
    delete from trading.key_lanes l
    where l.leased_until < platform.now() - interval '1 day'
      and l.spent_at < platform.now() - interval '1 day'
      and not exists (select from trading.exchange_keys k where k.lane = l.lane);
    get diagnostics swept = row_count;
    return jsonb_build_object('swept', swept);
end
$$;
