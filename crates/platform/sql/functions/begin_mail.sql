-- Before a mail is handed to a provider: takes the mail's lease. Answers
--   begun    hand it over, then platform.finish_mail,
--   sent     it was handed over before,
--   refused  the provider refused it before,
--   late     what it holds has expired (`useful_until`, milliseconds since the epoch),
--   busy     somebody else is doing it at this moment; `retry_after` says for how many more seconds at most.
create or replace function platform.begin_mail(
    mail_key text, template text, holder uuid, lease_seconds int, useful_until bigint) returns jsonb
language plpgsql volatile
as $$
declare
    mail record;
begin
    if to_timestamp(begin_mail.useful_until / 1000.0) < platform.now()
        and not exists (select from platform.mails m where m.key = begin_mail.mail_key and m.state <> 'sending') then
        return jsonb_build_object('outcome', 'late');
    end if;
    -- Old ones go little by little with new ones.
    delete from platform.mails m
    where m.key in (select o.key from platform.mails o
                    where o.finished_at < platform.now() - interval '30 days'
                    order by o.finished_at limit 5 for update skip locked);
    insert into platform.mails (key, template, state, holder, leased_until, created_at)
    values (begin_mail.mail_key, begin_mail.template, 'sending', begin_mail.holder,
            platform.now() + make_interval(secs => begin_mail.lease_seconds), platform.now())
    on conflict (key) do nothing;
    if found then
        return jsonb_build_object('outcome', 'begun');
    end if;
    select m.state, m.leased_until into mail from platform.mails m where m.key = begin_mail.mail_key for update;
    if mail.state <> 'sending' then
        return jsonb_build_object('outcome', mail.state);
    end if;
    if mail.leased_until > platform.now() then
        return jsonb_build_object(
            'outcome', 'busy',
            'retry_after', greatest(1, ceil(extract(epoch from mail.leased_until - platform.now()))::int));
    end if;
    update platform.mails m
    set holder = begin_mail.holder, attempts = m.attempts + 1,
        leased_until = platform.now() + make_interval(secs => begin_mail.lease_seconds)
    where m.key = begin_mail.mail_key;
    return jsonb_build_object('outcome', 'begun');
end
$$;
