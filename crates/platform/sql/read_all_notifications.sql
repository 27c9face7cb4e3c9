select platform.read_all_notifications($1, $2)::text
