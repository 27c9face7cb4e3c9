select platform.begin_mail($1, $2, $3, $4, $5)::text
