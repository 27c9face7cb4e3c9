-- Adds to the counts of both sides of a follow, in the order of their ids, so that two who follow each other at once don't wait in a circle.
-- A count that still leaves out what began at that time, because the other side was disabled, stays as it is: what is there when its turn
-- comes is put back then (profile.count_follows_of).
create or replace function profile.count_follow(follower uuid, followed uuid, since timestamptz, delta int) returns void
language plpgsql volatile
as $$
declare
    side            uuid;
    followers_delta int := delta;
    following_delta int := delta;
begin
    if exists (
        select 1 from profile.hidden_accounts h
        where h.account_id = count_follow.follower and (since, count_follow.followed) <= (h.following_at, h.following_id)) then
        followers_delta := 0;
    end if;
    if exists (
        select 1 from profile.hidden_accounts h
        where h.account_id = count_follow.followed and (since, count_follow.follower) <= (h.followers_at, h.followers_id)) then
        following_delta := 0;
    end if;
    foreach side in array array[least(follower, followed), greatest(follower, followed)] loop
        insert into profile.profiles as p (user_id, followers_count, following_count, version, updated_at)
        values (side, greatest((side = followed)::int * followers_delta, 0), greatest((side = follower)::int * following_delta, 0), 0,
                platform.now())
        on conflict on constraint profiles_pkey do update set
            followers_count = p.followers_count + (side = followed)::int * followers_delta,
            following_count = p.following_count + (side = follower)::int * following_delta;
    end loop;
end
$$;
