-- Whether a name belongs to an account or is held.
create or replace function identity.username_is_taken(username_key text) returns boolean
language sql stable
as $$
    select exists (select 1 from identity.accounts a where a.username_key = username_is_taken.username_key)
        or exists (
            select 1 from identity.held_usernames h
            where h.username_key = username_is_taken.username_key and h.held_until > platform.now())
$$;
