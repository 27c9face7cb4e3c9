select profile.count_follows_of($1)::text
