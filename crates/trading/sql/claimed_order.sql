select jsonb_build_object('outcome', c.outcome, 'order_id', c.resource_id)::text from trading.find_claim($1, $2, $3, $4) c
