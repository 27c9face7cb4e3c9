-- Mails a link by which a forgotten password is replaced; at most three an hour. Answers {outcome: sent|not_sent}.
create or replace function identity.issue_password_reset(context jsonb, account uuid, token_hash bytea, url text)
returns jsonb
language plpgsql volatile
as $$
declare
    owner identity.accounts;
begin
    select a.* into owner from identity.accounts a
    where a.id = issue_password_reset.account and a.disabled_at is null
    for no key update;
    if owner.id is null or 3 <= (
        select count(*) from identity.password_resets r
        where r.account_id = owner.id and r.created_at > platform.now() - interval '1 hour') then
        return jsonb_build_object('outcome', 'not_sent');
    end if;
    insert into identity.password_resets (hash, account_id, created_at, expires_at)
    values (token_hash, owner.id, platform.now(), platform.now() + interval '30 minutes');
    perform platform.send_mail(context, 'password_reset:' || platform.uuid_v7(), owner.email, 'password_reset',
                               jsonb_build_object('url', issue_password_reset.url, 'minutes', 30));
    perform platform.record(context, 'password.reset_requested', 'account', owner.id::text);
    return jsonb_build_object('outcome', 'sent');
end
$$;
