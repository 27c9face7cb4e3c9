-- A key as its owner sees it. What is sealed is not in it.
create or replace function trading.key_document(key trading.exchange_keys) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', (key).id,
        'exchange', (key).exchange,
        'label', (key).label,
        'last4', (key).last4,
        'mode', (key).mode,
        'status', (key).status,
        'problem', (key).problem,
        'permissions', to_jsonb((key).permissions),
        'warnings', to_jsonb((key).warnings),
        'verified_by', (key).verified_by,
        'verified_at', platform.time_text((key).verified_at),
        'checked_at', platform.time_text((key).checked_at),
        'modified_at', platform.time_text((key).modified_at),
        'valid_until', platform.time_text((key).valid_until),
        'ip_allowlist', to_jsonb((key).ip_allowlist),
        'nonce_window', (key).nonce_window,
        'pairs', to_jsonb((key).pairs),
        'max_order_value', trim_scale((key).max_order_value)::text,
        'max_daily_value', trim_scale((key).max_daily_value)::text,
        'limits_quote', (key).limits_quote,
        'max_orders_per_hour', (key).max_orders_per_hour,
        'tier', (key).tier,
        'created_at', platform.time_text((key).created_at),
        'updated_at', platform.time_text((key).updated_at),
        'version', (key).version)
$$;
