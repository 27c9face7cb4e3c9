select platform.clean_up($1)
