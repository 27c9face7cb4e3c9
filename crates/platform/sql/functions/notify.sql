-- Tells a user something with the writing statement: task `notify`, which by the type and the user's preferences ends in an
-- in-app notification, a mail, both or nothing. The types and their data are `platform::notification::Type`. A type that
-- mails does so by itself: don't call platform.send_mail besides. The mail goes to the user's address of that moment, or to `address`: what
-- concerns the account's safety names the one of now, for whoever took the account over may change it before the mail is written.
create or replace function platform.notify(
    context jsonb, idempotency_key text, user_id uuid, type text, data jsonb, address text default null) returns uuid
language plpgsql volatile
as $$
begin
    return platform.enqueue(
        context, 'notify', idempotency_key,
        jsonb_strip_nulls(jsonb_build_object('user_id', user_id, 'type', type, 'address', address))
            || jsonb_build_object('data', coalesce(data, '{}')));
end
$$;
