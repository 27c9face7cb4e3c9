select profile, version from profile.own_profile($1) where profile is not null
