select r.post, r.etag, r.moved_to, c.items as comments, c.last_path
from blog.read_post($1, null, false) r
left join lateral blog.list_comments($1, null, false, $2, 100) c on r.post is not null
