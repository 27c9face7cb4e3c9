-- The blog's share of what an account's owner may take away (identity.export_account). Posts as they were written; what is rendered or
-- indexed from them is not theirs to carry.
create or replace function blog.export_user(account uuid) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'posts', coalesce((
            select jsonb_agg(to_jsonb(p) - '{html,toc,text,words,head,version}'::text[] order by p.id)
            from blog.posts p where p.author_id = export_user.account), '[]'),
        'comments', coalesce((
            select jsonb_agg(to_jsonb(c) - '{html,path,depth,counted,announced,post_author_id,reported,version}'::text[] order by c.id)
            from blog.comments c where c.author_id = export_user.account), '[]'),
        'pending_edits', coalesce((
            select jsonb_agg(jsonb_build_object('post_id', e.post_id, 'changes', e.changes - '{html,toc,text,words}'::text[],
                                                'updated_at', platform.time_text(e.updated_at)) order by e.post_id)
            from blog.pending_edits e where e.editor_id = export_user.account), '[]'),
        'reports', coalesce((
            select jsonb_agg(jsonb_build_object('comment_id', r.comment_id, 'reason', r.reason, 'since', platform.time_text(r.created_at))
                             order by r.created_at, r.comment_id)
            from blog.comment_reports r where r.reporter_id = export_user.account), '[]'),
        'favorites', coalesce((
            select jsonb_agg(jsonb_build_object('post_id', f.post_id, 'since', platform.time_text(f.created_at))
                             order by f.created_at, f.post_id)
            from blog.favorites f where f.user_id = export_user.account), '[]'),
        'webhooks', coalesce((
            select jsonb_agg(jsonb_build_object('id', w.id, 'url', w.url, 'events', to_jsonb(w.events), 'active', w.active,
                                                'created_at', platform.time_text(w.created_at)) order by w.id)
            from blog.webhooks w where w.owner_id = export_user.account), '[]'))
$$;
