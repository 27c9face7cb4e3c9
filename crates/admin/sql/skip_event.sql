select platform.skip_event($1, $2, $3, $4)
