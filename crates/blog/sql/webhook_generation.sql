select json_build_object('generation', w.generation, 'version', w.version)::text
from blog.webhooks w
where w.id = $1 and w.owner_id = $2
