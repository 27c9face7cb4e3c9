select blog.report_comment($1, $2, $3, $4)::text
