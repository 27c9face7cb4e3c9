-- An author's posts in the order in which they were made, for the export.
create index posts_author on blog.posts (author_id, id) where deleted_at is null;

-- An account that is erased is looked for here too.
create index revisions_editor on blog.revisions (editor_id) where editor_id is not null;
alter table blog.pending_edits alter column editor_id drop not null;
create index pending_edits_editor on blog.pending_edits (editor_id) where editor_id is not null;
