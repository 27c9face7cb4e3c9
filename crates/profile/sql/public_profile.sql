select profile.public_profile($1, $2)
