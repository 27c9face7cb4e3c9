-- Vectors say besides the words when a post was published, by whom, and its tags exactly: a search for a frequent word looks through
-- the newest time alone (blog.search_marks, written out here because functions come after migrations).
update blog.search_entries e
set vector = e.vector || array_to_tsvector(
    array[
        'hour ' || to_char(p.published_at at time zone 'UTC', 'YYYY-MM-DD HH24'),
        'day ' || to_char(p.published_at at time zone 'UTC', 'YYYY-MM-DD'),
        'month ' || to_char(p.published_at at time zone 'UTC', 'YYYY-MM'),
        'year ' || to_char(p.published_at at time zone 'UTC', 'YYYY'),
        'author ' || p.author_id]
    || array(select 'tag ' || t.tag from unnest(p.tags) t (tag)))
from blog.posts p
where p.id = e.post_id;

drop function if exists blog.is_rare(tsquery);
drop function if exists blog.rare_posts(tsquery, timestamptz, uuid, int8);

-- These answer other columns now.
drop function if exists blog.list_revisions(text, uuid, boolean, int4, int8);
drop function if exists blog.read_revision(text, uuid, boolean, int4);
