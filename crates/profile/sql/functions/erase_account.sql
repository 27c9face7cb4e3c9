-- Erases what a deleted account left here: its profile, whom it follows and who follows it, with everybody's counts right. Doing it
-- again changes nothing.
create or replace function profile.erase_account(context jsonb, account uuid) returns void
language plpgsql volatile
as $$
begin
    -- Whoever follows it now is waited for; whoever comes later finds no account (profile.set_follow).
    perform pg_advisory_xact_lock(hashtextextended('profile.account:' || erase_account.account, 0));
    delete from profile.hidden_accounts h where h.account_id = erase_account.account;
    if not found then
        -- The counts hold it. One that was disabled they have left out since then.
        perform profile.count_follows_of(erase_account.account, -1);
    end if;
    delete from profile.follows f where f.follower_id = account or f.followed_id = account;
    delete from profile.onboarding o where o.user_id = account;
    delete from profile.profiles p where p.user_id = account;
end
$$;
