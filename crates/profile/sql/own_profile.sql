select profile, version from profile.own_profile($1)
