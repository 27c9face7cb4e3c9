-- Makes a post a favourite, or no longer. However often and at once it is asked for, it counts once. Answers updated {post, id,
-- slug, etag}, not_found or moved.
create or replace function blog.set_favorite(context jsonb, slug text, reader uuid, wanted boolean) returns jsonb
language plpgsql volatile
as $$
declare
    target blog.posts;
    delta  int := 0;
    shown  record;
begin
    perform blog.hold_account(reader);
    -- Locked, so that whoever deletes it waits, or was waited for.
    select p.* into target from blog.posts p
    where p.slug = set_favorite.slug and p.deleted_at is null
      and (p.author_id = reader or (p.status = 'published' and p.published_at <= platform.now()))
      and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null
    for no key update of p;
    if target.id is null then
        select p.* into target from blog.old_slugs o join blog.posts p on p.id = o.post_id
        where o.slug = set_favorite.slug and p.deleted_at is null and p.status = 'published' and p.published_at <= platform.now()
          and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null;
        return blog.refusal(case when target.id is null then 'not_found' else 'moved' end, target);
    end if;
    if wanted then
        insert into blog.favorites (user_id, post_id, created_at) values (reader, target.id, platform.now())
        on conflict on constraint favorites_pkey do nothing;
        delta := case when found then 1 else 0 end;
    else
        delete from blog.favorites f where f.user_id = reader and f.post_id = target.id;
        delta := case when found then -1 else 0 end;
    end if;
    if delta <> 0 then
        update blog.posts p set favorites_count = p.favorites_count + delta where p.id = target.id returning p.* into target;
    end if;
    -- As a reader: whoever likes a post need not be its editor.
    select r.post, r.etag into shown from blog.read_post(target.slug, reader, false) r;
    if shown.post is null then
        -- Its author was disabled this moment.
        return jsonb_build_object('outcome', 'not_found');
    end if;
    return jsonb_build_object(
        'outcome', 'updated', 'id', target.id, 'slug', target.slug, 'etag', shown.etag, 'post', shown.post::jsonb);
end
$$;
