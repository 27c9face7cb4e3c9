select platform.ready_consumers($1)
