-- Trading's share of what an account's owner may take away (identity.export_account). Never a key's secret, sealed or not, nor what it
-- could be recognised by.
create or replace function trading.export_user(account uuid) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'exchange_keys', coalesce((
            select jsonb_agg(jsonb_build_object(
                'id', k.id, 'exchange', k.exchange, 'label', k.label, 'mode', k.mode, 'status', k.status, 'last4', k.last4,
                'permissions', to_jsonb(k.permissions), 'created_at', platform.time_text(k.created_at),
                'disconnected_at', platform.time_text(k.disconnected_at)) order by k.id)
            from trading.exchange_keys k where k.user_id = export_user.account), '[]'),
        'orders', coalesce((
            select jsonb_agg(jsonb_build_object(
                'id', o.id, 'key_id', o.key_id, 'bot_id', o.bot_id, 'mode', o.mode, 'pair', o.pair, 'side', o.side,
                'type', o.type, 'volume', o.volume::text, 'limit_price', o.limit_price::text, 'state', o.state,
                'txid', o.txid, 'volume_executed', o.volume_executed::text, 'cost', o.cost::text, 'fee', o.fee::text)
                order by o.id)
            from trading.orders o where o.user_id = export_user.account), '[]'),
        'bots', coalesce((
            select jsonb_agg(jsonb_build_object(
                'id', b.id, 'name', b.name, 'strategy', b.strategy, 'params', b.params, 'pair', b.pair, 'mode', b.mode,
                'risk', b.risk, 'every', b.every, 'state', b.state) order by b.id)
            from trading.bots b where b.user_id = export_user.account), '[]'),
        'backtests', coalesce((
            select jsonb_agg(jsonb_build_object(
                'id', t.id, 'strategy', t.strategy, 'params', t.params, 'pair', t.pair, 'interval', t.interval,
                'funds', t.funds::text, 'state', t.state, 'created_at', platform.time_text(t.created_at)) order by t.id)
            from trading.backtests t where t.user_id = export_user.account), '[]'))
$$;
