select platform.deliver_to_mailbox($1, $2, $3, $4, $5, $6, $7) as delivered
