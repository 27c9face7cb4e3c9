select profile as json, version from profile.own_profile($1)
