-- Changes the name at once, and the address when the code that is mailed there comes back. An address that somebody has gets no
-- code but a word to its owner, and the same answer. What is null stays. Answers
--   updated         {me},
--   stale           `version` is another,
--   username_taken,
--   too_many_codes  five an hour were sent: the address that waits stays, with its code, and a new name counts all the same,
--   ended           the session is over.
create or replace function identity.update_account(
    context jsonb, account uuid, session uuid, version int8, username text, username_key text, email text, code text,
    code_hash bytea) returns jsonb
language plpgsql volatile
as $$
declare
    owner   identity.accounts;
    holder  identity.accounts;
    counted identity.email_codes;
    sent    boolean;
begin
    select a.* into owner from identity.accounts a where a.id = update_account.account for update;
    if not identity.session_is_live(update_account.account, update_account.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    if update_account.version <> (identity.me(owner.id) ->> 'version')::int8 then
        return jsonb_build_object('outcome', 'stale');
    end if;

    if update_account.username is not null and update_account.username <> owner.username then
        if update_account.username_key <> owner.username_key then
            -- Its own former name is not held from it.
            delete from identity.held_usernames h
            where h.username_key = update_account.username_key and h.account_id = owner.id;
            if identity.username_is_taken(update_account.username_key) then
                return jsonb_build_object('outcome', 'username_taken');
            end if;
            -- Nobody steps into the old name while readers still know it.
            perform identity.hold_username(owner.username_key, interval '30 days', owner.id);
        end if;
        begin
            update identity.accounts a
            set username = update_account.username, username_key = update_account.username_key,
                updated_at = platform.now()
            where a.id = owner.id;
        exception when unique_violation then
            return jsonb_build_object('outcome', 'username_taken');
        end;
        perform platform.emit(context, 'user.events', owner.id::text, 'user.updated',
                              jsonb_build_object('user_id', owner.id));
        perform platform.record(context, 'account.renamed', 'account', owner.id::text,
                                jsonb_build_object('username', owner.username),
                                jsonb_build_object('username', update_account.username));
    end if;

    if update_account.email is not null and update_account.email <> owner.email then
        select a.* into holder from identity.accounts a where a.email = update_account.email;
        begin
            insert into identity.email_codes as c (
                account_id, purpose, email, code_hash, expires_at, network, keeps_password, attempts_since, sends_since, sent_at)
            values (owner.id, 'change', update_account.email, null, '-infinity', '', true, platform.now(), platform.now(),
                    '-infinity')
            on conflict on constraint email_codes_pkey do update
            set email = excluded.email, code_hash = null, expires_at = '-infinity', sent_at = '-infinity';
            if holder.id is not null then
                -- Counted as a code would be, or the limit would tell who is registered.
                counted := identity.count_send(owner.id, 'change', null);
                sent := counted.account_id is not null;
            else
                sent := identity.send_code(context, owner.id, 'change', update_account.code, update_account.code_hash);
            end if;
            if not sent then
                raise exception using errcode = 'SP429', message = 'five codes an hour were sent';
            end if;
        exception when sqlstate 'SP429' then
            -- The address that waits, and the code that was mailed there, are as they were.
            return jsonb_build_object('outcome', 'too_many_codes');
        end;
        if holder.id is not null then
            perform platform.send_mail(
                context, 'registration_attempt:' || holder.id || ':' || to_char(platform.now(), 'YYYYMMDDHH24'),
                holder.email, 'registration_attempt', '{}');
        end if;
        perform platform.record(context, 'email.change_requested', 'account', owner.id::text, null,
                                jsonb_build_object('email', update_account.email));
    end if;
    return jsonb_build_object('outcome', 'updated', 'me', identity.me(owner.id));
end
$$;
