select blog.erase_account($1, $2)::text
