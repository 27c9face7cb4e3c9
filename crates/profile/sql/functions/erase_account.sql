-- Erases what a deleted account left here: its profile, whom it follows and who follows it, with everybody's counts right. A thousand
-- follows of either kind at a time: answers whether more is left, and is to be asked again while there is. Doing it again changes nothing.
create or replace function profile.erase_account(context jsonb, account uuid) returns boolean
language plpgsql volatile
as $$
begin
    -- Whoever follows it now is waited for; whoever comes later finds no account (profile.set_follow).
    perform pg_advisory_xact_lock(hashtextextended('profile.account:' || erase_account.account, 0));
    -- As one that is disabled it is taken off all counts; then its follows are nothing to anybody.
    insert into profile.hidden_accounts as h (account_id, hidden) values (erase_account.account, true)
    on conflict on constraint hidden_accounts_pkey do update set hidden = true;
    if profile.count_follows_of(account) then
        return true;
    end if;
    if exists (select 1 from profile.follows f where f.follower_id = account)
       or exists (select 1 from profile.follows f where f.followed_id = account) then
        with part as materialized (
            (select f.follower_id, f.followed_id from profile.follows f where f.follower_id = account limit 1000)
            union all
            (select f.follower_id, f.followed_id from profile.follows f where f.followed_id = account limit 1000)),
        -- In one order: two who follow each other may be erased at once.
        locked as materialized (
            select f.follower_id, f.followed_id
            from part n
            join profile.follows f on f.follower_id = n.follower_id and f.followed_id = n.followed_id
            order by f.follower_id, f.followed_id
            for update of f)
        delete from profile.follows f using locked l where f.follower_id = l.follower_id and f.followed_id = l.followed_id;
        return true;
    end if;
    -- By itself, so that no lock on others' profiles is held when this one's is taken.
    delete from profile.hidden_accounts h where h.account_id = account;
    delete from profile.onboarding o where o.user_id = account;
    delete from profile.profiles p where p.user_id = account;
    return false;
end
$$;
