select platform.sweep_token_buckets()::text
