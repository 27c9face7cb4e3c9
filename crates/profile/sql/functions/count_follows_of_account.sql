-- Takes an account off the counts of all whom it follows and who follow it while it is disabled, and puts it back afterwards: a trigger of
-- identity.accounts (V109).
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

-- Adds to the counts of all whom an account follows and who follow it.
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
