select json_agg(m)::text
from (
    select * from identity.metrics()
    union all select * from blog.metrics()
    union all select * from trading.metrics()
) m
