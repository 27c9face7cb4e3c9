select platform.keep_audit_head($1, $2, $3)::text
