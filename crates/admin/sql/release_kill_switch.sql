select trading.release_kill_switch($1, $2)::text
