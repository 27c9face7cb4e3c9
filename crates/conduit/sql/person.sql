select profile.conduit_person($1)::text
