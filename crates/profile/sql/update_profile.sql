select profile.update_profile($1, $2, $3, $4)::text
