select trading.record_sync($1, $2, $3, $4, $5, $6, $7, $8)::text
