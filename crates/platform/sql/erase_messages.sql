select platform.erase_messages($1)
