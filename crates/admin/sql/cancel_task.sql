select platform.cancel_task($1, $2, $3)
