select platform.requeue_task($1, $2, $3)
