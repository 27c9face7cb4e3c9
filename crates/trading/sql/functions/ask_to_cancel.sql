-- Asks for an order to be taken back. Its row is not locked here, so that whoever holds a bot's row may call it.
create or replace function trading.ask_to_cancel(context jsonb, order_id uuid) returns void
language plpgsql volatile
as $$
begin
    perform platform.enqueue(context, 'cancel_order', ask_to_cancel.order_id::text,
        jsonb_build_object('order_id', ask_to_cancel.order_id));
end
$$;
