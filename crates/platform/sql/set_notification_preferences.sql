select platform.set_notification_preferences($1, $2, $3, $4)::text
