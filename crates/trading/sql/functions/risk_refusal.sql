-- The one place that says whether an order may be sent: null, or why not, from the closed set of reasons. Asked in the same
-- statement that sends the order on its way, with the owner's other orders kept out, so that two at once cannot both use
-- what is left of a limit. `market` is {bid, ask, volume_24h}, decimal strings.
create or replace function trading.risk_refusal(ord trading.orders, market jsonb) returns text
language plpgsql volatile
as $$
declare
    key      trading.exchange_keys;
    bot      trading.bots;
    limits   jsonb := '{}';
    bid      numeric := (market ->> 'bid')::numeric;
    ask      numeric := (market ->> 'ask')::numeric;
    middle   numeric := (bid + ask) / 2;
    used     record;
    selling  numeric;
begin
    perform pg_advisory_xact_lock(hashtextextended('trading.risk:' || coalesce(ord.key_id, ord.user_id)::text, 0));
    if exists (select from trading.kill_switches s where s.scope in ('global', ord.user_id::text)) then
        return 'kill_switch';
    end if;
    if ord.cancel_requested_at is not null then
        return 'canceled';
    end if;
    -- Whoever wanted this saw another market: an exchange that comes back after an hour must not be sent old wishes.
    if ord.created_at < platform.now() - interval '5 minutes' then
        return 'too_late';
    end if;

    if ord.mode = 'live' then
        select k.* into key from trading.exchange_keys k where k.id = ord.key_id;
        if key.disconnected_at is not null or key.status <> 'active' or key.mode <> 'trade' then
            return 'key_not_active';
        end if;
        if key.pairs is not null and not ord.pair = any (key.pairs) then
            return 'pair_not_allowed';
        end if;
        -- 250 dollars are not 250 bitcoins.
        if key.limits_quote <> ord.quote and coalesce(key.max_order_value, key.max_daily_value) is not null then
            return 'risk_limit:limits_quote';
        end if;
        if ord.value > key.max_order_value then
            return 'risk_limit:max_order_value';
        end if;
        select u.orders_last_hour, u.value_today into used from trading.usage(ord, 'key') u;
        if used.orders_last_hour >= key.max_orders_per_hour then
            return 'risk_limit:max_orders_per_hour';
        end if;
        if used.value_today + ord.value > key.max_daily_value then
            return 'risk_limit:max_daily_value';
        end if;
    end if;

    if ord.bot_id is null then
        return null;
    end if;
    select b.* into bot from trading.bots b where b.id = ord.bot_id;
    if bot.state not in ('running', 'paused') then
        return 'bot_stopped';
    end if;
    -- A bot acts by its owner's permission, which may have been taken back since it was started.
    if not identity.holds(bot.user_id, '{bots.run}') then
        return 'not_permitted';
    end if;
    if bot.state = 'paused' and ord.side = 'buy' then
        return 'paused';
    end if;
    if ord.side = 'sell' then
        select coalesce(sum(o.volume - o.volume_executed), 0) into selling from trading.orders o
        where o.bot_id = ord.bot_id and o.side = 'sell' and o.finished_at is null and o.id <> ord.id;
        if ord.volume + selling > bot.base_quantity then
            return 'more_than_owned';
        end if;
    end if;
    limits := bot.risk;
    if ord.value > (limits ->> 'max_order_value')::numeric then
        return 'risk_limit:max_order_value';
    end if;
    select u.orders_last_hour, u.value_today, u.open_orders into used from trading.usage(ord, 'bot') u;
    if used.orders_last_hour >= (limits ->> 'max_orders_per_hour')::bigint then
        return 'risk_limit:max_orders_per_hour';
    end if;
    if used.open_orders >= (limits ->> 'max_open_orders')::bigint then
        return 'risk_limit:max_open_orders';
    end if;
    if used.value_today + ord.value > (limits ->> 'max_daily_value')::numeric then
        return 'risk_limit:max_daily_value';
    end if;
    if ord.side = 'buy' and bot.cost_quote + ord.value > (limits ->> 'max_exposure')::numeric then
        return 'risk_limit:max_exposure';
    end if;
    if (ask - bid) / middle * 10000 > (limits ->> 'max_spread_bps')::numeric then
        return 'spread_guard';
    end if;
    if ord.limit_price is not null
       and abs(ord.limit_price - middle) / middle * 100 > (limits ->> 'price_guard_percent')::numeric then
        return 'price_guard';
    end if;
    if (market ->> 'volume_24h')::numeric * middle < (limits ->> 'min_volume_24h')::numeric then
        return 'illiquid_market';
    end if;
    return null;
end
$$;
