-- Tells a user something with the writing statement: task `notify`, which by the type and the user's preferences ends in an
-- in-app notification, a mail, both or nothing. The types and their data are `platform::notification::Type`. A type that
-- mails does so by itself: don't call platform.send_mail besides.
create or replace function platform.notify(
    context jsonb, idempotency_key text, user_id uuid, type text, data jsonb) returns uuid
language plpgsql volatile
as $$
begin
    return platform.enqueue(
        context, 'notify', idempotency_key,
        jsonb_build_object('user_id', user_id, 'type', type, 'data', coalesce(data, '{}')));
end
$$;
