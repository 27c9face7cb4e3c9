select p as json, hashtextextended(p, 0) as version from profile.public_profile($1, $2) p
