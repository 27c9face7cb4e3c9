select identity.export_account($1, $2)::text as export_account
