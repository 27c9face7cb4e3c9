-- A key that cannot be used any more stops what uses it, and its owner is told, once for each time.
create or replace function trading.key_became_unfit(context jsonb, key trading.exchange_keys) returns void
language plpgsql volatile
as $$
begin
    perform trading.stop_bots(context, (key).id, null, 'key', 'The exchange key "' || (key).label || '" cannot be used: '
        || coalesce((key).problem, (key).status));
    perform platform.notify(context, 'key_drift:' || (key).id || ':' || (key).version, (key).user_id, 'key_drift',
        jsonb_build_object('key_id', (key).id, 'label', (key).label,
            'problems', jsonb_build_array(coalesce((key).problem, (key).status))));
end
$$;
