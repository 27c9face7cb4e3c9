select profile.conduit_update_person($1, $2, $3)::text
