-- Writes a backtest down and asks for the work. Answers created | replayed | mismatch.
create or replace function trading.create_backtest(
    context jsonb, owner uuid, principal text, route text, idempotency_key text, request_hash bytea, wanted jsonb)
returns jsonb
language plpgsql volatile
as $$
declare
    claim record;
begin
    perform identity.require_live(context);
    select c.outcome, c.resource_id into claim from platform.claim_idempotency(
        create_backtest.principal, create_backtest.route, create_backtest.idempotency_key, create_backtest.request_hash,
        (wanted ->> 'id')::uuid) c;
    if claim.outcome <> 'claimed' then
        return jsonb_build_object('outcome', claim.outcome, 'id', claim.resource_id);
    end if;
    insert into trading.backtests (id, user_id, strategy, params, pair, interval, funds, created_at)
    values ((wanted ->> 'id')::uuid, owner, wanted ->> 'strategy', wanted -> 'params', wanted ->> 'pair',
            (wanted ->> 'interval')::int, (wanted ->> 'funds')::numeric, platform.now());
    perform platform.enqueue(context, 'run_backtest', wanted ->> 'id', jsonb_build_object('backtest_id', wanted ->> 'id'));
    return jsonb_build_object('outcome', 'created', 'id', wanted ->> 'id');
end
$$;
