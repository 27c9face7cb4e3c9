-- After a provider's answer. `state` is sent, refused, or sending: not taken, so the next attempt may begin at once. What the
-- provider said for good counts whoever holds the lease by now; giving back is for the holder alone.
create or replace function platform.finish_mail(
    mail_key text, holder uuid, state text, provider text, provider_id text) returns boolean
language plpgsql volatile
as $$
begin
    if finish_mail.state = 'sending' then
        update platform.mails m
        set leased_until = platform.now()
        where m.key = finish_mail.mail_key and m.holder = finish_mail.holder and m.state = 'sending';
    else
        update platform.mails m
        set state = finish_mail.state, provider = finish_mail.provider, provider_id = finish_mail.provider_id,
            finished_at = platform.now()
        where m.key = finish_mail.mail_key and m.state = 'sending';
    end if;
    return found;
end
$$;
