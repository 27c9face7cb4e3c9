select platform.release_consumer($1, $2) as held
