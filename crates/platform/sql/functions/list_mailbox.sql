-- Development's mails, newest first, of one recipient or of all.
create or replace function platform.list_mailbox(recipient text, size bigint) returns json
language plpgsql stable set plan_cache_mode = force_custom_plan
as $$
begin
    return (
        select coalesce(
            json_agg(json_build_object('to', m.recipient, 'subject', m.subject, 'text', m.text_body, 'html', m.html_body,
                                       'at', platform.time_text(m.at)) order by m.id desc),
            '[]')
        from (
            select o.id, o.recipient, o.subject, o.text_body, o.html_body, o.at from platform.mailbox o
            where list_mailbox.recipient is null or o.recipient_key = lower(list_mailbox.recipient)
            order by o.id desc
            limit list_mailbox.size) m);
end
$$;
