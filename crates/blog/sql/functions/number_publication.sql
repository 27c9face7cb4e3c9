-- Numbers a post when it is published, and takes its number from it when it no longer is: triggers of blog.posts (V106). One whose time is
-- to come has a number already; whoever lists it looks at the time.
create or replace function blog.number_publication() returns trigger
language plpgsql
as $$
begin
    if new.status = 'published' and new.deleted_at is null then
        insert into blog.publications (post_id) values (new.id) on conflict on constraint publications_post_key do nothing;
    else
        delete from blog.publications n where n.post_id = new.id;
    end if;
    return null;
end
$$;
