select profile.conduit_set_follow($1, $2, $3, $4)::text
