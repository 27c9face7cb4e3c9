select platform.extend_leases($1, $2::text[]::uuid[], $3)
