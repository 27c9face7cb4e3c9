select blog.list_webhooks($1)
