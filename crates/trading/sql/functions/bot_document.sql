-- A bot as its owner sees it.
create or replace function trading.bot_document(bot trading.bots) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', (bot).id, 'name', (bot).name, 'strategy', (bot).strategy, 'params', (bot).params, 'pair', (bot).pair,
        'mode', (bot).mode, 'key_id', (bot).key_id, 'risk', (bot).risk, 'every', (bot).every, 'state', (bot).state,
        'generation', (bot).generation,
        'started_at', platform.time_text((bot).started_at),
        'last_tick_at', platform.time_text((bot).last_tick_at),
        'next_tick_at', platform.time_text((bot).next_tick_at),
        'last_error', (bot).last_error, 'stopped_by', (bot).stopped_by, 'stop_reason', (bot).stop_reason,
        'position', jsonb_build_object(
            'base_quantity', trim_scale((bot).base_quantity)::text, 'cost_quote', trim_scale((bot).cost_quote)::text,
            'realized_pnl', trim_scale((bot).realized_pnl)::text, 'fees', trim_scale((bot).fees)::text,
            'trades', (bot).trades),
        'created_at', platform.time_text((bot).created_at), 'updated_at', platform.time_text((bot).updated_at),
        'version', (bot).version)
$$;
