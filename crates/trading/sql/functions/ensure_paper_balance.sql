-- A wallet of play money: 10,000 of each currency that is money, nothing of the rest.
create or replace function trading.ensure_paper_balance(owner uuid, asset text) returns trading.paper_balances
language plpgsql volatile
as $$
declare
    stored trading.paper_balances;
begin
    insert into trading.paper_balances as b (user_id, asset, total)
    values (owner, ensure_paper_balance.asset,
            case when ensure_paper_balance.asset like 'Z%'
                      or ensure_paper_balance.asset in ('USD', 'EUR', 'GBP', 'CHF', 'USDT', 'USDC', 'DAI', 'PYUSD', 'EURC')
                 then 10000 else 0 end)
    on conflict on constraint paper_balances_pkey do nothing;
    select b.* into stored from trading.paper_balances b
    where b.user_id = owner and b.asset = ensure_paper_balance.asset for update;
    return stored;
end
$$;
