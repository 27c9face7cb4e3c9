-- Keeps a name for some time from everybody but `account`, which may be null; false if somebody else keeps it already.
create or replace function identity.hold_username(username_key text, hold interval, account uuid) returns boolean
language sql volatile
as $$
    with held as (
        insert into identity.held_usernames as h (username_key, held_until, account_id)
        values (hold_username.username_key, platform.now() + hold_username.hold, hold_username.account)
        on conflict on constraint held_usernames_pkey
            do update set held_until = excluded.held_until, account_id = excluded.account_id
            where h.held_until <= platform.now()
        returning 1)
    select exists (select 1 from held)
$$;
