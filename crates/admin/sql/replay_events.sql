select platform.replay_events($1, $2, $3, to_timestamp($4::int8 / 1000.0))
