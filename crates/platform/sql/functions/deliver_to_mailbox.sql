-- Development's delivery: a row that /dev/mail shows. The same key is the same mail. The newest 5,000 are kept, and some hundred more
-- until the next pruning. False if what the mail holds has expired (`useful_until`, milliseconds since the epoch).
create or replace function platform.deliver_to_mailbox(
    mail_key text, recipient text, template text, subject text, text_body text, html_body text,
    useful_until bigint) returns boolean
language plpgsql volatile
as $$
begin
    if to_timestamp(useful_until / 1000.0) < platform.now() then
        return exists (select from platform.mailbox m where m.mail_key = deliver_to_mailbox.mail_key);
    end if;
    insert into platform.mailbox (id, mail_key, account_id, recipient, template, subject, text_body, html_body, at)
    values (platform.uuid_v7(), deliver_to_mailbox.mail_key,
            (select m.user_id from identity.mail_addresses m where m.email = deliver_to_mailbox.recipient),
            deliver_to_mailbox.recipient, deliver_to_mailbox.template, deliver_to_mailbox.subject,
            deliver_to_mailbox.text_body, deliver_to_mailbox.html_body, platform.now())
    on conflict on constraint mailbox_mail_key do nothing;
    -- Reads all that is kept: 9 ms, for one mail in a hundred.
    if found and random() < 0.01 then
        delete from platform.mailbox m
        where m.id <= (select o.id from platform.mailbox o order by o.id desc offset 5000 limit 1);
    end if;
    return true;
end
$$;
