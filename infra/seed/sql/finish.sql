-- What is known of all posts together.
insert into blog.search_words (word, deletes)
select w.word, blog.deletes(w.word)
from (
    select seed.word(i) as word
    from generate_series(1, least(343000, 20000 + (select count(*) from blog.posts p where p.slug like 'seeded-%'))) i
    -- Hashed: a planner that knows nothing of this table yet would read all of it for each word.
    except
    select s.word from blog.search_words s) w
on conflict do nothing;

insert into blog.tags (tag, posts_count)
select t.tag, count(*) from blog.post_tags t
where t.published_at is not null and not t.scheduled and t.author_id not in (select h.author_id from blog.hidden_authors h)
group by t.tag
on conflict (tag) do update set posts_count = excluded.posts_count;

drop schema seed cascade;
