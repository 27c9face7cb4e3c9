select platform.list_tasks($1, $2, $3, $4)
