select platform.notification_preferences($1)::text
