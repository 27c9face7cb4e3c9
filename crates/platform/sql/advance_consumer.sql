select platform.advance_consumer($1, $2, $3, $4, $5, $6) as held
