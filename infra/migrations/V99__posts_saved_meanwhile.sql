-- What was saved while V90 ran has the words of before it: V90 read posts as they were when it began, and whoever saved one did so by the
-- functions of then. Posts of the last day are read once more, each as it is now.
do $$
declare
    post       record;
    characters int;
begin
    for post in
        select p.id, p.author_id, p.title, p.summary, p.tags, p.text, p.published_at from blog.posts p
        where p.updated_at > now() - interval '1 day' and p.status = 'published' and p.deleted_at is null
        for update of p
    loop
        characters := 400000;
        loop
            begin
                update blog.search_entries e
                set vector = setweight(blog.words_vector(post.title), 'A')
                    || setweight(blog.words_vector(array_to_string(post.tags, ' ')), 'B')
                    || setweight(blog.words_vector(coalesce(post.summary, '')), 'C')
                    || setweight(blog.words_vector(left(post.text, characters)), 'D')
                    || blog.search_marks(post.published_at, post.author_id, post.tags)
                where e.post_id = post.id;
                exit;
            exception when program_limit_exceeded then
                if characters < 10000 then
                    raise;
                end if;
                characters := characters / 4;
            end;
        end loop;
    end loop;
end
$$;
