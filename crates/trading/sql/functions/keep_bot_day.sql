-- Keeps a bot's books as those of a day, with the last price that it saw.
create or replace function trading.keep_bot_day(bot trading.bots, moment timestamptz, price numeric) returns void
language sql volatile
as $$
    insert into trading.bot_days as d (bot_id, day, base_quantity, cost_quote, realized_pnl, fees, trades, price)
    values ((bot).id, (moment at time zone 'UTC')::date, (bot).base_quantity, (bot).cost_quote, (bot).realized_pnl, (bot).fees,
            (bot).trades, keep_bot_day.price)
    on conflict on constraint bot_days_pkey do update
    set base_quantity = excluded.base_quantity, cost_quote = excluded.cost_quote, realized_pnl = excluded.realized_pnl,
        fees = excluded.fees, trades = excluded.trades, price = excluded.price
$$;
