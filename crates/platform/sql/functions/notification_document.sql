-- A notification as its user sees it.
create or replace function platform.notification_document(
    id uuid, type text, title text, body text, link text, data jsonb, created_at timestamptz, read_at timestamptz) returns json
language sql stable parallel safe
as $$
    select json_build_object(
        'id', id, 'type', type, 'title', title, 'body', body, 'link', link, 'data', data,
        'created_at', platform.time_text(created_at), 'read_at', platform.time_text(read_at))
$$;
