select platform.seal_audit($1)::text
