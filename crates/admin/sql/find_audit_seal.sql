select encode(s.hash, 'hex') from platform.audit_seals s where s.position = $1
