select platform.erase_personal($1, $2)::text
