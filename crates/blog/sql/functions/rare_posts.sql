-- The newest posts that match a query which few match: all of those are looked at.
create or replace function blog.rare_posts(query tsquery, after_at timestamptz, after_key uuid, size int8) returns uuid[]
language plpgsql stable
set enable_seqscan = off
as $$
begin
    return array(
        with matching as materialized (
            select e.post_id, e.published_at from blog.search_entries e where e.vector @@ query)
        select m.post_id from matching m
        where (m.published_at, m.post_id) < (after_at, after_key)
        order by m.published_at desc, m.post_id desc limit size);
end
$$;
