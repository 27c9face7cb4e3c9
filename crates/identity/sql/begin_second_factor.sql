select identity.begin_second_factor($1, $2)::text
