-- The posts from $1 to $2 that are missing; $3 is the time after which none was published, in milliseconds. The last word of a title is
-- its own, beyond the twenty thousand of the texts, till the words are used up: what is rare is searched for too.
with places as materialized (
    select i, to_timestamp(($3::int8 - i * 300000) / 1000.0) as at, seed.author(seed.place(i, 101, 1000)) as author_id,
           initcap(seed.word(seed.place(i, 102, 20000))) || ' ' || seed.word(seed.place(i, 103, 20000)) || ' ' || seed.word(20000 + i) as title,
           array(select distinct 'tag-' || seed.place(i, 110 + k, 200) from generate_series(1, 3) k order by 1) as tags,
           (seed.draw(i, 104) * 4)::int8 as favorites, (i % 10 = 0)::int as comments,
           -- UUIDv7: milliseconds, then what depends on the number.
           (lpad(to_hex($3::int8 - i * 300000), 12, '0') || '7' || substr(md5(i::text), 1, 3) || '8' || substr(md5(i::text), 4, 15))::uuid as id
    from generate_series($1::int8, $2::int8) i
    where not exists (select 1 from blog.posts p where p.slug = 'seeded-' || i)),
drawn as materialized (
    select p.i, p.at, p.author_id, p.title, p.tags, p.favorites, p.comments, p.id, s.text, s.body, s.html, s.vector, s.summary
    from places p
    cross join lateral (
        select string_agg(s.text, ' ' order by k) as text, string_agg(s.text, E'\n\n' order by k) as body,
               '<p>' || string_agg(s.text, E'</p>\n<p>' order by k) || '</p>' as html,
               seed.joined(s.vector order by k) as vector, min(s.text) as summary
        from generate_series(1, 10) k
        join seed.sentences s on s.n = 1 + floor(seed.draw(p.i, k) * 5000)::int8) s),
posts as (
    insert into blog.posts (
        id, author_id, slug, title, summary, body, html, toc, text, words, tags, status, published_at, created_at, updated_at, announced,
        favorites_count, comments_count)
    select d.id, d.author_id, 'seeded-' || d.i, d.title, d.summary, d.body, d.html, '[]', d.text, 120, d.tags, 'published', d.at, d.at, d.at,
           true, d.favorites, d.comments
    from drawn d),
tags as (
    insert into blog.post_tags (post_id, tag, author_id, published_at)
    select d.id, t.tag, d.author_id, d.at from drawn d, unnest(d.tags) t (tag)),
favorites as (
    insert into blog.favorites (user_id, post_id, created_at)
    select seed.author(1 + (d.i * 7 + k) % 1000), d.id, d.at from drawn d, generate_series(1, d.favorites) k),
comments as (
    insert into blog.comments (id, number, post_id, post_author_id, author_id, path, depth, body, html, state, counted, announced, created_at)
    overriding system value
    select gen_random_uuid(), c.number, c.post_id, c.post_author_id, c.author_id, lpad(to_hex(c.number), 12, '0'), 0, 'Thank you.', '<p>Thank you.</p>',
           'approved', true, true, c.at
    from (
        select nextval(pg_get_serial_sequence('blog.comments', 'number')) as number, d.id as post_id, d.author_id as post_author_id,
               seed.author(1 + d.i % 1000) as author_id, d.at
        from drawn d where d.comments = 1) c)
insert into blog.search_entries (post_id, published_at, vector)
select d.id, d.at,
       setweight(to_tsvector('english', blog.fold(d.title)), 'A')
       || setweight(to_tsvector('english', blog.fold(array_to_string(d.tags, ' '))), 'B')
       || setweight(to_tsvector('english', blog.fold(d.summary)), 'C')
       || d.vector
       || blog.search_marks(d.at, d.author_id, d.tags)
from drawn d
