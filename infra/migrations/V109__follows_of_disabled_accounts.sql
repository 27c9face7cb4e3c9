-- Which accounts the counts of follows leave out: accounts are disabled seldom, and profiles are read often. Many follows are left out, and
-- put back, a part at a time (profile.count_follows_of): those up to a place, in the order in which they began.
create table profile.hidden_accounts (
    account_id   uuid primary key,
    -- One that is not hidden any more stays here until all of its follows are counted again.
    hidden       boolean not null,
    -- Up to which of those whom it follows their counts leave it out. Beside an infinite time any id will do.
    following_at timestamptz not null default '-infinity',
    following_id uuid not null default '00000000-0000-0000-0000-000000000000',
    -- The same of those who follow it.
    followers_at timestamptz not null default '-infinity',
    followers_id uuid not null default '00000000-0000-0000-0000-000000000000'
);

-- Both know now how far a follow is counted: one more parameter, and another answer.
drop function if exists profile.count_follow(uuid, uuid, int);
drop function if exists profile.erase_account(jsonb, uuid);

-- Functions come after migrations: until this one is replaced, in a moment, the task does all that is to be done.
create or replace function profile.count_follows_of_account() returns trigger
language plpgsql
as $$
begin
    -- Whoever follows it now is waited for (profile.set_follow).
    perform pg_advisory_xact_lock(hashtextextended('profile.account:' || new.id, 0));
    insert into profile.hidden_accounts as h (account_id, hidden) values (new.id, new.disabled_at is not null)
    on conflict on constraint hidden_accounts_pkey do update set hidden = excluded.hidden;
    perform platform.enqueue('{}', 'count_follows', new.id || ':' || platform.uuid_v7(), jsonb_build_object('account_id', new.id));
    return null;
end
$$;

-- Nobody is disabled, follows or is erased between this and what is counted below: the locks are held till the end.
create trigger count_follows_of_account
after update of disabled_at on identity.accounts
for each row when ((old.disabled_at is null) <> (new.disabled_at is null))
execute function profile.count_follows_of_account();
lock table profile.follows in share row exclusive mode;

insert into profile.hidden_accounts (account_id, hidden, following_at, followers_at)
select a.id, true, 'infinity', 'infinity' from identity.accounts a where a.disabled_at is not null;
update profile.profiles p
set followers_count = p.followers_count - hidden.follows
from (
    select f.followed_id, count(*) as follows
    from profile.hidden_accounts h
    join profile.follows f on f.follower_id = h.account_id
    group by f.followed_id) hidden
where p.user_id = hidden.followed_id;
update profile.profiles p
set following_count = p.following_count - hidden.follows
from (
    select f.follower_id, count(*) as follows
    from profile.hidden_accounts h
    join profile.follows f on f.followed_id = h.account_id
    group by f.follower_id) hidden
where p.user_id = hidden.follower_id;
