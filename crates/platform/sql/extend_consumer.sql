select platform.extend_consumer($1, $2, $3) as held
