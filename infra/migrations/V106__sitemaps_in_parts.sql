-- Published posts in the order in which they were published, numbered: sitemaps list a thousand numbers each, so that none can grow beyond
-- what a sitemap may hold, and no post moves from one to another. Numbers are never given twice and may be missing.
create table blog.publications (
    number  int8 generated always as identity primary key,
    post_id uuid not null
);

-- Written out here too, because functions come after migrations.
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

-- Nothing is published between these and what is counted below: they lock the table till the end.
create trigger number_new_publication
after insert on blog.posts
for each row when (new.status = 'published' and new.deleted_at is null)
execute function blog.number_publication();

create trigger number_publication
after update of status, deleted_at on blog.posts
for each row when (old.status <> new.status or (old.deleted_at is null) <> (new.deleted_at is null))
execute function blog.number_publication();

insert into blog.publications (post_id)
select p.id from blog.posts p
where p.status = 'published' and p.deleted_at is null
order by p.published_at, p.id;
alter table blog.publications
    add constraint publications_post_key unique (post_id),
    add constraint publications_post_fkey foreign key (post_id) references blog.posts (id) on delete cascade;

-- By month, which may have more posts than one may hold.
drop function if exists blog.sitemap_months();
drop function if exists blog.sitemap_month(text);
