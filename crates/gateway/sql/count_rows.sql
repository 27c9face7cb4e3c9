select json_agg(m)::text
from (
    select name, labels, value from identity.metrics()
    union all select name, labels, value from blog.metrics()
    union all select name, labels, value from trading.metrics()
) m
