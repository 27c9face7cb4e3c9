select platform.verify_audit($1, $2)::text
