-- A name that was given up is held from others; whoever gave it up may take it again.
alter table identity.held_usernames
    -- Null where nobody has it coming back: an account that was deleted, or a registration with an address that has an account.
    add column account_id uuid;
drop function if exists identity.hold_username(text, interval);
drop function if exists identity.search_accounts(text, text, text, uuid, bigint);
