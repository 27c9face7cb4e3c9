select platform.read_parked_event($1, $2)
