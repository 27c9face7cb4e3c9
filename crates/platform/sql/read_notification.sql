select platform.read_notification($1, $2)::text as document
