select platform.forget_consumer($1, $2)
