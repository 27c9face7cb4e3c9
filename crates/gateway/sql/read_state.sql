select json_agg(m)::text from platform.metrics() m
