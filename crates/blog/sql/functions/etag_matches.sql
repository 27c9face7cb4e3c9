-- Whether a post or a comment is among those that If-Match names. Null and `*` name any. What follows the dot in a tag of ours says
-- nothing about the thing itself (favourites, comments, reports), so it is not compared.
create or replace function blog.etag_matches(if_match text[], id uuid, version int8) returns boolean
language sql immutable
as $$
    select if_match is null or exists (
        select 1 from unnest(if_match) tag
        where tag = '*' or (tag like '"%"' and split_part(trim(both '"' from tag), '.', 1) = replace(id::text, '-', '') || '-' || version))
$$;
