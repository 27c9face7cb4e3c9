select platform.list_mailbox($1, $2)::text
