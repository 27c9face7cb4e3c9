-- Carries a paper order out as far as the market lets it, exactly once: an intent is checked, and filled or put into the
-- imagined book; an open one is filled if `fill` says that it was crossed. `fill` is {price, volume, cost, fee, maker, at} or
-- null, `hold` what an order that rests holds of its asset. Answers
--   settled  with the order: it was moved on,
--   waiting  it is open and was not crossed,
--   over     there was nothing left to do.
create or replace function trading.settle_paper_order(context jsonb, order_id uuid, market jsonb, fill jsonb, hold numeric)
returns jsonb
language plpgsql volatile
as $$
declare
    ord       trading.orders;
    refusal   text;
    pays      text;
    receives  text;
    paying    trading.paper_balances;
    receiving trading.paper_balances;
    needed    numeric;
    spent     numeric;
    gained    numeric;
begin
    select o.* into ord from trading.orders o
    where o.id = settle_paper_order.order_id and o.mode = 'paper' for update;
    if not found or ord.finished_at is not null then
        return jsonb_build_object('outcome', 'over');
    end if;
    if ord.state = 'open' and fill is null then
        perform trading.track_order(context, ord);
        return jsonb_build_object('outcome', 'waiting');
    end if;

    -- In the order of their names, so that two orders of one wallet never wait for each other.
    pays := case ord.side when 'buy' then ord.quote else ord.base end;
    receives := case ord.side when 'buy' then ord.base else ord.quote end;
    if pays < receives then
        paying := trading.ensure_paper_balance(ord.user_id, pays);
        receiving := trading.ensure_paper_balance(ord.user_id, receives);
    else
        receiving := trading.ensure_paper_balance(ord.user_id, receives);
        paying := trading.ensure_paper_balance(ord.user_id, pays);
    end if;

    if ord.state = 'intent' then
        refusal := trading.risk_refusal(ord, market);
        if refusal is null and ord.post_only and not coalesce((fill ->> 'maker')::boolean, true) then
            refusal := 'post_only_would_cross';
        end if;
        if refusal is not null then
            return trading.refused(context, ord, refusal);
        end if;
        needed := case when fill is null then hold
            when ord.side = 'buy' then (fill ->> 'cost')::numeric + (fill ->> 'fee')::numeric
            else (fill ->> 'volume')::numeric end;
        if paying.total - paying.held < needed then
            return trading.refused(context, ord, 'insufficient_funds');
        end if;
        if fill is null then
            update trading.paper_balances b set held = b.held + hold
            where b.user_id = paying.user_id and b.asset = paying.asset;
            update trading.orders o set held = hold where o.id = ord.id;
            ord := trading.move_order(context, ord, 'open', null);
            perform trading.track_order(context, ord);
            return jsonb_build_object('outcome', 'settled', 'order', trading.order_document(ord));
        end if;
    end if;

    spent := case ord.side when 'buy' then (fill ->> 'cost')::numeric + (fill ->> 'fee')::numeric
        else (fill ->> 'volume')::numeric end;
    gained := case ord.side when 'buy' then (fill ->> 'volume')::numeric
        else (fill ->> 'cost')::numeric - (fill ->> 'fee')::numeric end;
    update trading.paper_balances b set total = b.total - spent, held = b.held - ord.held
    where b.user_id = paying.user_id and b.asset = paying.asset;
    update trading.paper_balances b set total = b.total + gained
    where b.user_id = receiving.user_id and b.asset = receiving.asset;
    update trading.orders o set held = 0 where o.id = ord.id returning o.* into ord;
    ord := trading.add_fill(context, ord, fill || jsonb_build_object('id', 'paper:' || ord.id));
    ord := trading.move_order(context, ord, 'filled', null);
    return jsonb_build_object('outcome', 'settled', 'order', trading.order_document(ord));
end
$$;
