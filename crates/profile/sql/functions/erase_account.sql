-- Erases what a deleted account left here: its profile, whom it follows and who follows it, with everybody's counts right. Doing it
-- again changes nothing.
create or replace function profile.erase_account(context jsonb, account uuid) returns void
language plpgsql volatile
as $$
declare
    pair record;
begin
    for pair in
        delete from profile.follows f where f.follower_id = account or f.followed_id = account
        returning f.follower_id, f.followed_id
    loop
        perform profile.count_follow(pair.follower_id, pair.followed_id, -1);
    end loop;
    delete from profile.onboarding o where o.user_id = account;
    delete from profile.profiles p where p.user_id = account;
end
$$;
