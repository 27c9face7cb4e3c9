select blog.webhook_json(w)::text as json, w.version
from blog.webhooks w
where w.id = $1 and w.owner_id = $2
