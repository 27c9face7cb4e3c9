-- Whether a post is the one that If-Match names. Null and `*` name any.
create or replace function blog.etag_matches(if_match text, id uuid, version int8) returns boolean
language sql immutable
as $$
    select if_match is null or if_match = '*' or if_match = format('"%s-%s"', replace(id::text, '-', ''), version)
$$;
