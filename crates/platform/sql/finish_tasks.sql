select platform.finish_tasks($1, $2)
