-- The strings of a JSON array, in their order; an empty array for null.
create or replace function identity.oauth_text_array(list jsonb) returns text[]
language sql immutable parallel safe
as $$
    select coalesce(array_agg(e.value order by e.ordinality), '{}')
    from jsonb_array_elements_text(coalesce(nullif(list, 'null'), '[]')) with ordinality e (value)
$$;
