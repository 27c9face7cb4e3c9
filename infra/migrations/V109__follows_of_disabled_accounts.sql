-- Which accounts the counts of follows leave out: accounts are disabled seldom, and profiles are read often.
create table profile.hidden_accounts (
    account_id uuid primary key
);

-- Adds to the counts of all whom an account follows and who follow it. Written out here too, as what follows, because functions come after
-- migrations.
create or replace function profile.count_follows_of(account uuid, delta int) returns void
language plpgsql volatile
as $$
begin
    -- In the order of their ids, as profile.count_follow takes them.
    perform 1 from profile.profiles p
    where p.user_id in (
        select f.followed_id from profile.follows f where f.follower_id = count_follows_of.account
        union
        select f.follower_id from profile.follows f where f.followed_id = count_follows_of.account)
    order by p.user_id
    for no key update;
    update profile.profiles p set followers_count = p.followers_count + delta
    from profile.follows f where f.follower_id = count_follows_of.account and p.user_id = f.followed_id;
    update profile.profiles p set following_count = p.following_count + delta
    from profile.follows f where f.followed_id = count_follows_of.account and p.user_id = f.follower_id;
end
$$;

-- Takes an account off the counts of all whom it follows and who follow it while it is disabled, and puts it back afterwards.
create or replace function profile.count_follows_of_account() returns trigger
language plpgsql
as $$
begin
    -- Whoever follows it now is waited for (profile.set_follow).
    perform pg_advisory_xact_lock(hashtextextended('profile.account:' || new.id, 0));
    if new.disabled_at is null then
        delete from profile.hidden_accounts h where h.account_id = new.id;
    else
        insert into profile.hidden_accounts (account_id) values (new.id) on conflict on constraint hidden_accounts_pkey do nothing;
    end if;
    if found then
        perform profile.count_follows_of(new.id, case when new.disabled_at is null then 1 else -1 end);
    end if;
    return null;
end
$$;

-- Nobody is disabled, follows or is erased between this and what is counted below: the locks are held till the end.
create trigger count_follows_of_account
after update of disabled_at on identity.accounts
for each row when ((old.disabled_at is null) <> (new.disabled_at is null))
execute function profile.count_follows_of_account();
lock table profile.follows in share row exclusive mode;

insert into profile.hidden_accounts (account_id) select a.id from identity.accounts a where a.disabled_at is not null;
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
