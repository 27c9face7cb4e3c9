select document, version from platform.get_ticket($1, $2)
