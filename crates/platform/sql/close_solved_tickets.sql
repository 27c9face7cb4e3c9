select platform.close_solved_tickets($1, $2)
