-- Before a key is shown to the exchange: is this request new, and does nobody else connect the same key right now? Answers
--   begun     with the first nonce to use,
--   busy      the same key is being connected or used at this moment,
--   limited   the exchange allows it no call for so many milliseconds,
--   replayed  this Idempotency-Key has connected `key_id`,
--   mismatch  it was used with another body.
create or replace function trading.begin_connect(
    principal text, route text, idempotency_key text, request_hash bytea, lane bytea, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    claim record;
    lease record;
begin
    select i.request_hash, i.resource_id into claim from platform.claimed_keys i
    where i.principal = begin_connect.principal and i.route = begin_connect.route
      and i.key = begin_connect.idempotency_key;
    if found then
        if claim.request_hash <> begin_connect.request_hash then
            return jsonb_build_object('outcome', 'mismatch');
        end if;
        return jsonb_build_object('outcome', 'replayed', 'key_id', claim.resource_id);
    end if;
    select l.outcome, l.nonce, l.retry_ms into lease
    from trading.take_lane(begin_connect.lane, begin_connect.holder, 1, 'starter') l;
    if lease.outcome <> 'taken' then
        return jsonb_build_object('outcome', lease.outcome, 'retry_ms', lease.retry_ms);
    end if;
    return jsonb_build_object('outcome', 'begun', 'nonce', lease.nonce);
end
$$;
