-- The newest posts whole, for feeds, of everybody, an author or a tag, and a stamp that is another as soon as they are, as JSON text.
-- Who knows the stamp is told nothing else: then what is read is one piece of an index and, by their keys, the rows that it names, but
-- none of their texts. Every change of a post is a version of its own; favourites and comments, which feeds don't show, are none.
-- Without such an author all is null.
create or replace function blog.feed(
    author text, tag text, size int8, known text, out stamp text, out document text)
language plpgsql stable
as $$
declare
    moment timestamptz := platform.now();
    about  json;
    ids    uuid[];
begin
    if author is not null then
        about := profile.public_profile(author, null)::json;
        if about is null then
            return;
        end if;
        ids := array(
            select p.id from blog.posts p
            where p.author_id = (about ->> 'user_id')::uuid and p.status = 'published' and p.deleted_at is null
              and p.published_at <= moment
            order by p.published_at desc, p.id desc limit size);
    elsif tag is not null then
        ids := array(
            select t.post_id from blog.post_tags t
            where t.tag = feed.tag and t.published_at is not null and t.published_at <= moment
              and (select 1 from blog.hidden_authors h where h.author_id = t.author_id) is null
            order by t.published_at desc, t.post_id desc limit size);
    else
        ids := array(
            select p.id from blog.posts p
            where p.status = 'published' and p.deleted_at is null and p.published_at <= moment
              and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null
            order by p.published_at desc, p.id desc limit size);
    end if;
    select md5(json_build_array(
        about ->> 'username', about ->> 'display_name',
        json_agg(json_build_array(p.id, p.version, a.username, o.display_name) order by k.place))::text)
    into stamp
    from unnest(ids) with ordinality as k (id, place)
    join blog.posts p on p.id = k.id
    join identity.public_accounts a on a.id = p.author_id
    left join profile.public_profiles o on o.user_id = p.author_id;
    if stamp = known then
        return;
    end if;
    select concat('{"about":', coalesce(about::text, 'null'), ',"items":[',
                  string_agg(concat('{', s.head, ',"html":', to_json(s.html), '}'), ',' order by k.place), ']}')
    into document
    from unnest(ids) with ordinality as k (id, place)
    join blog.shown_posts(null) s on s.id = k.id;
end
$$;
