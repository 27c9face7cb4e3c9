-- Before an order is looked up at the exchange. Nothing is looked up before the deadline has passed for certain, unless the
-- exchange has said that it has the order: until then, not finding it means nothing. Answers
--   begun          with what `kraken` needs,
--   early          come back in `retry_ms`,
--   busy, limited  as trading.take_lane,
--   no_key         the key is gone: it cannot be looked up any more,
--   over           it has ended, or was never sent.
create or replace function trading.begin_sync(order_id uuid, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    ord   trading.orders;
    key   trading.exchange_keys;
    lease record;
    early bigint;
begin
    select o.* into ord from trading.orders o where o.id = begin_sync.order_id and o.mode = 'live';
    if not found or ord.finished_at is not null or ord.state = 'intent' then
        return jsonb_build_object('outcome', 'over');
    end if;
    early := ceil(extract(epoch from ord.deadline + interval '5 s' - platform.now()) * 1000);
    if ord.txid is null and early > 0 then
        return jsonb_build_object('outcome', 'early', 'retry_ms', early);
    end if;
    select k.* into key from trading.exchange_keys k where k.id = ord.key_id;
    if key.disconnected_at is not null then
        perform trading.let_go_of_orders('{}', key.id);
        return jsonb_build_object('outcome', 'no_key');
    end if;
    select l.outcome, l.nonce, l.retry_ms into lease from trading.take_lane(key.lane, begin_sync.holder, 4, key.tier) l;
    if lease.outcome <> 'taken' then
        return jsonb_build_object('outcome', lease.outcome, 'retry_ms', lease.retry_ms);
    end if;
    return jsonb_build_object(
        'outcome', 'begun', 'nonce', lease.nonce, 'owner', key.user_id, 'key_id', key.id,
        'sealed_key', key.sealed_key, 'sealed_secret', key.sealed_secret,
        'volume_executed', ord.volume_executed::text, 'pages', ord.pages, 'since', extract(epoch from ord.created_at)::bigint - 60);
end
$$;
