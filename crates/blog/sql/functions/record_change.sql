-- Records what changed, and tells it if readers see it.
create or replace function blog.record_change(context jsonb, before blog.posts, after blog.posts, action text) returns void
language plpgsql volatile
as $$
begin
    perform platform.record(
        context, action, 'post', after.id::text,
        jsonb_build_object('title', before.title, 'slug', before.slug, 'tags', before.tags, 'version', before.version),
        jsonb_build_object('title', after.title, 'slug', after.slug, 'tags', after.tags, 'version', after.version));
    if after.announced then
        perform blog.announce(context, 'post.updated', after);
    end if;
end
$$;
