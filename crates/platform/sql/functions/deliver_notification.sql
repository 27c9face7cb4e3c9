-- The end of task `notify`: by the user's preferences an in-app notification, a mail, both or nothing, in one statement, so that
-- a task that runs twice tells once. Answers {in_app, email}: what was done, now or before. An account that is gone or disabled
-- is told nothing. `channels` is {in_app: {default, locked}, email: {default, locked}} of the type; a locked one cannot be
-- turned off. The mail goes to `address`, or if there is none to the account's. The newest 1,000 notifications of a user are kept.
create or replace function platform.deliver_notification(
    context jsonb, idempotency_key text, account uuid, type text, channels jsonb,
    title text, body text, link text, data jsonb, mail_template text, mail_data jsonb,
    address text default null) returns jsonb
language plpgsql volatile
as $$
declare
    present text;
    chosen  jsonb;
    in_app  boolean;
    mails   boolean;
begin
    select m.email into present from identity.mail_addresses m where m.user_id = deliver_notification.account;
    if not found then
        return jsonb_build_object('in_app', false, 'email', false);
    end if;
    select p.preferences -> deliver_notification.type into chosen
    from platform.notification_preferences p
    where p.user_id = deliver_notification.account;
    in_app := (channels #>> '{in_app,locked}')::boolean
        or coalesce((chosen ->> 'in_app')::boolean, (channels #>> '{in_app,default}')::boolean);
    mails := mail_template is not null
        and ((channels #>> '{email,locked}')::boolean
             or coalesce((chosen ->> 'email')::boolean, (channels #>> '{email,default}')::boolean));
    if in_app then
        insert into platform.notifications (id, user_id, idempotency_key, type, title, body, link, data, created_at)
        values (platform.uuid_v7(), account, deliver_notification.idempotency_key, deliver_notification.type,
                deliver_notification.title, deliver_notification.body, deliver_notification.link,
                deliver_notification.data, platform.now())
        on conflict on constraint notifications_once do nothing;
        if found then
            delete from platform.notifications n
            where n.user_id = deliver_notification.account
              and n.id <= (select o.id from platform.notifications o
                           where o.user_id = deliver_notification.account
                           order by o.id desc offset 1000 limit 1);
        end if;
    end if;
    if mails then
        perform platform.send_mail(context, 'notify:' || deliver_notification.idempotency_key,
                                   coalesce(deliver_notification.address, present), mail_template, mail_data);
    end if;
    return jsonb_build_object('in_app', in_app, 'email', mails);
end
$$;
