select trading.engage_kill_switch($1, $2, $3)::text
