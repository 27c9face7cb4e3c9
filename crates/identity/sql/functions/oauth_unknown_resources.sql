-- Those of the resources (RFC 8707) that no client serves.
create or replace function identity.oauth_unknown_resources(resources text[]) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(r.resource), '[]')
    from unnest(oauth_unknown_resources.resources) r (resource)
    where not exists (
        select 1 from identity.oauth_clients c
        where c.resources @> array[r.resource] and c.disabled_at is null)
$$;
