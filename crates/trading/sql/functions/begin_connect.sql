-- Before a key is shown to the exchange: is this request new, and does nobody else have or connect the same key? Answers
--   begun              with the first nonce to use,
--   already_connected  it is connected, by whomever, but as `key_id`: who knows a key's public part alone spends none of its calls, nor has
--                      it locked out by a wrong secret,
--   busy               the same key is being connected or used at this moment,
--   limited            the exchange allows it no call for so many milliseconds,
--   replayed           this Idempotency-Key has connected the key of the answer,
--   mismatch           it was used with another body.
create or replace function trading.begin_connect(
    principal text, route text, idempotency_key text, request_hash bytea, lane bytea, holder uuid,
    key_id uuid default null) returns jsonb
language plpgsql volatile
as $$
declare
    claim record;
    lease record;
begin
    select c.outcome, c.resource_id into claim from trading.find_claim(
        begin_connect.principal, begin_connect.route, begin_connect.idempotency_key, begin_connect.request_hash) c;
    if claim.outcome <> 'fresh' then
        return jsonb_build_object('outcome', claim.outcome, 'key_id', claim.resource_id);
    end if;
    if exists (
        select from trading.exchange_keys k
        where k.lane = begin_connect.lane and k.disconnected_at is null and k.id is distinct from begin_connect.key_id)
    then
        return jsonb_build_object('outcome', 'already_connected');
    end if;
    select l.outcome, l.nonce, l.retry_ms into lease
    from trading.take_lane(begin_connect.lane, begin_connect.holder, 1, 'starter') l;
    if lease.outcome <> 'taken' then
        return jsonb_build_object('outcome', lease.outcome, 'retry_ms', lease.retry_ms);
    end if;
    return jsonb_build_object('outcome', 'begun', 'nonce', lease.nonce);
end
$$;
