select platform.finish_mail($1, $2, $3, $4, $5)
