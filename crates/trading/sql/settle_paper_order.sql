select trading.settle_paper_order($1, $2, $3, $4, $5)::text
