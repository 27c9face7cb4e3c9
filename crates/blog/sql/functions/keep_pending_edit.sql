-- Adds changes to a post's pending edit.
create or replace function blog.keep_pending_edit(post_id uuid, editor uuid, changes jsonb) returns int8
language sql volatile
as $$
    insert into blog.pending_edits as e (post_id, editor_id, changes, created_at, updated_at)
    values (keep_pending_edit.post_id, editor, keep_pending_edit.changes, platform.now(), platform.now())
    on conflict on constraint pending_edits_pkey do update set
        changes = e.changes || excluded.changes, editor_id = excluded.editor_id, version = e.version + 1,
        updated_at = excluded.updated_at
    returning e.version
$$;
