-- Why an order of a bot came to nothing, as one of a closed set: those of strategies, and `bot_stopped`, `not_permitted`, `not_placed`
-- and `refused`. `reason` is the order's, which may be words of the exchange.
create or replace function trading.skip_reason(state text, reason text) returns text
language sql immutable
as $$
    select case
        when state = 'not_placed' then 'not_placed'
        when reason in ('bot_stopped', 'insufficient_funds', 'key_not_active', 'kill_switch', 'not_permitted', 'paused',
                        'price_guard', 'spread_guard') then reason
        when reason = 'too_late' then 'stale_signal'
        when reason = 'post_only_would_cross' then 'price_guard'
        when reason = 'more_than_owned' or reason like '%Insufficient funds%' then 'insufficient_funds'
        when reason in ('illiquid_market', 'pair_not_allowed') or reason like 'risk_limit:%' then 'risk_limit'
        else 'refused' end
$$;
