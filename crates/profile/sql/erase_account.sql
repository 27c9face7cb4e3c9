select profile.erase_account($1, $2)::text
