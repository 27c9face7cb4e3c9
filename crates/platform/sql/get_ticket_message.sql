select platform.ticket_message($1, $2)::text
