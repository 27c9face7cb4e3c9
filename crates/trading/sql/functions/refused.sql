-- An intent that may not be sent ends here. The caller holds its row.
create or replace function trading.refused(context jsonb, ord trading.orders, refusal text) returns jsonb
language plpgsql volatile
as $$
begin
    ord := trading.move_order(context, ord, case refusal when 'canceled' then 'canceled' else 'rejected' end, refusal);
    return jsonb_build_object('outcome', 'settled', 'order', trading.order_document(ord));
end
$$;
