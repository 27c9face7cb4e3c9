-- A message of a ticket. To the user, support has no names.
create or replace function platform.ticket_message_document(
    id uuid, author_id uuid, by_staff boolean, internal boolean, body text, created_at timestamptz, for_staff boolean) returns jsonb
language sql stable parallel safe
as $$
    select jsonb_build_object(
        'id', id, 'author', case when by_staff then 'support' else 'user' end, 'body', body,
        'created_at', platform.time_text(created_at))
        || case when for_staff then jsonb_build_object('author_id', author_id, 'internal', internal) else '{}' end
$$;
