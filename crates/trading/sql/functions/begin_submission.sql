-- The last step before a live order leaves: checks, the key's lane and nonces, the deadline, and the task that looks what became
-- of it, all in one statement. Whoever gets `begun` may send it once; nobody else ever gets it for this order. Answers
--   begun           with what is to be sent,
--   busy, limited   as trading.take_lane: nothing has changed,
--   settled         a check refused it,
--   sent            it was sent before; what became of it is looked up, never guessed,
--   over            it has ended.
create or replace function trading.begin_submission(context jsonb, order_id uuid, holder uuid, market jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    ord     trading.orders;
    key     trading.exchange_keys;
    refusal text;
    lease   record;
begin
    select o.* into ord from trading.orders o
    where o.id = begin_submission.order_id and o.mode = 'live' for update;
    if not found or ord.finished_at is not null then
        return jsonb_build_object('outcome', 'over');
    end if;
    if ord.state <> 'intent' then
        return jsonb_build_object('outcome', 'sent');
    end if;
    refusal := trading.risk_refusal(ord, market);
    if refusal is not null then
        return trading.refused(context, ord, refusal);
    end if;
    select k.* into key from trading.exchange_keys k where k.id = ord.key_id;
    select l.outcome, l.nonce, l.retry_ms into lease from trading.take_lane(key.lane, begin_submission.holder, 0, key.tier) l;
    if lease.outcome <> 'taken' then
        return jsonb_build_object('outcome', lease.outcome, 'retry_ms', lease.retry_ms);
    end if;
    update trading.orders o set deadline = platform.now() + interval '15 s' where o.id = ord.id returning o.* into ord;
    ord := trading.move_order(context, ord, 'submitted', null, jsonb_build_object('deadline', platform.time_text(ord.deadline)));
    perform trading.track_order(context, ord, ord.deadline + interval '5 s');
    return jsonb_build_object(
        'outcome', 'begun', 'nonce', lease.nonce, 'deadline', platform.time_text(ord.deadline), 'owner', key.user_id,
        'key_id', key.id, 'sealed_key', key.sealed_key, 'sealed_secret', key.sealed_secret);
end
$$;
