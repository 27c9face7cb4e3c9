-- Changes the members of a locked post that `changes` names; null clears. Keeps a revision of what it says if that is different, and
-- finds the post anew. `origin` is the revision's. Outcome: changed, same, or slug_taken.
create or replace function blog.change_post(
    context jsonb, post blog.posts, changes jsonb, editor uuid, origin text, restored_from int4,
    out outcome text, out changed blog.posts)
language plpgsql volatile
as $$
declare
    last   blog.revisions;
    moment timestamptz := platform.now();
begin
    changed := post;
    if changes ? 'title' then changed.title := changes ->> 'title'; end if;
    if changes ? 'summary' then changed.summary := changes ->> 'summary'; end if;
    if changes ? 'body' then
        changed.body := changes ->> 'body';
        changed.html := changes ->> 'html';
        changed.toc := changes -> 'toc';
        changed.text := changes ->> 'text';
        changed.words := (changes ->> 'words')::int4;
    end if;
    if changes ? 'tags' then changed.tags := array(select jsonb_array_elements_text(changes -> 'tags')); end if;
    if changes ? 'cover' then changed.cover := nullif(changes -> 'cover', 'null'); end if;
    if changes ? 'canonical_url' then changed.canonical_url := changes ->> 'canonical_url'; end if;
    if changes ? 'series' then changed.series := changes ->> 'series'; end if;
    if changes ? 'comments' then changed.comments := changes ->> 'comments'; end if;
    changed.slug := coalesce(changes ->> 'slug', post.slug);
    if changed is not distinct from post then
        if origin = 'saved' and changes <> '{}' then
            -- What was saved by hand is kept, also where a program had saved the same a moment ago.
            update blog.revisions r set origin = 'saved'
            where r.post_id = post.id and r.number = post.revision and r.origin = 'autosaved';
        end if;
        outcome := 'same';
        return;
    end if;

    if (changed.title, changed.summary, changed.body, changed.tags, changed.cover, changed.canonical_url, changed.series)
        is distinct from (post.title, post.summary, post.body, post.tags, post.cover, post.canonical_url, post.series)
    then
        if post.revision = 0 then
            -- A post of before there were revisions: what it said till now is the first.
            post.revision := 1;
            perform blog.add_revision(post, post.author_id, 'created', null);
        end if;
        select r.* into last from blog.revisions r where r.post_id = post.id and r.number = post.revision;
        if origin in ('autosaved', 'saved') and last.origin = 'autosaved' and last.editor_id = editor
            and last.created_at > moment - interval '10 minutes'
        then
            -- Autosaves of ten minutes are one revision, and the save that ends them is the same one.
            changed.revision := post.revision;
            update blog.revisions r set
                origin = change_post.origin, title = changed.title, summary = changed.summary, body = changed.body, tags = changed.tags,
                cover = changed.cover, canonical_url = changed.canonical_url, series = changed.series, updated_at = moment
            where r.post_id = post.id and r.number = post.revision;
        else
            changed.revision := post.revision + 1;
            perform blog.add_revision(changed, editor, origin, restored_from);
        end if;
    end if;

    begin
        update blog.posts p set
            slug = changed.slug, title = changed.title, summary = changed.summary, body = changed.body, html = changed.html,
            toc = changed.toc, text = changed.text, words = changed.words, tags = changed.tags, cover = changed.cover,
            canonical_url = changed.canonical_url, series = changed.series, comments = changed.comments, revision = changed.revision,
            version = p.version + 1, updated_at = moment
        where p.id = post.id;
        if blog.slug_was(changed.slug, post.id) then
            raise unique_violation;
        end if;
    exception when unique_violation then
        -- Somebody else took the slug, a moment or a year ago.
        outcome := 'slug_taken';
        return;
    end;
    select p.* into changed from blog.posts p where p.id = post.id;
    if changed.slug <> post.slug then
        delete from blog.old_slugs o where o.slug = changed.slug;
        insert into blog.old_slugs (slug, post_id) values (post.slug, post.id)
        on conflict on constraint old_slugs_pkey do nothing;
    end if;
    perform blog.index_post(changed);
    outcome := 'changed';
end
$$;
