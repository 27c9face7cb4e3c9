select trading.pause_lane($1, $2, $3)::text
