select platform.finish_parked_event($1, $2, $3, $4, $5, $6, $7, $8) as held
