select blog.judge_comment($1, $2, $3, $4, $5, $6)::text
