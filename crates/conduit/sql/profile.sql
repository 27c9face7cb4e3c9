select profile.conduit_profile($1, $2)
