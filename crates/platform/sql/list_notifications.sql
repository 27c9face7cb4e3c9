select items, last, unread from platform.list_notifications($1, $2, $3, $4)
