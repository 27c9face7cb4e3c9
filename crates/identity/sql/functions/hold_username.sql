-- Keeps a name from everybody for some time; false if somebody else keeps it already.
create or replace function identity.hold_username(username_key text, hold interval) returns boolean
language sql volatile
as $$
    with held as (
        insert into identity.held_usernames as h (username_key, held_until)
        values (hold_username.username_key, platform.now() + hold_username.hold)
        on conflict on constraint held_usernames_pkey
            do update set held_until = excluded.held_until where h.held_until <= platform.now()
        returning 1)
    select exists (select 1 from held)
$$;
