-- Asks for a mail with the writing statement: task `send_mail`. The same key is the same mail, however often it is asked for.
-- Templates and their data are `mail::Mail` (crates/mail); what does not fit its template is a dead letter. Nothing in `data`
-- outlives the task (platform.forget_mail_data), so a code or a link may be in it. Somebody waits for codes and links: they go first.
create or replace function platform.send_mail(
    context jsonb, idempotency_key text, recipient text, template text, data jsonb) returns uuid
language plpgsql volatile
as $$
begin
    return platform.enqueue(
        context, 'send_mail', idempotency_key,
        jsonb_build_object('recipient', recipient, 'template', template, 'data', coalesce(data, '{}'),
                           'asked_ms', (extract(epoch from platform.now()) * 1000)::bigint),
        null,
        (case when template in ('verification_code', 'password_reset') then 10 else 0 end)::smallint);
end
$$;
