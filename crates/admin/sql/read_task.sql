select platform.read_task($1)
