select trading.leave_lane($1, $2)::text
