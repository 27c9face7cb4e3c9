-- Adds to the counts of both sides, in the order of their ids, so that two who follow each other at once don't wait in a circle.
create or replace function profile.count_follow(follower uuid, followed uuid, delta int) returns void
language plpgsql volatile
as $$
declare
    side uuid;
begin
    foreach side in array array[least(follower, followed), greatest(follower, followed)] loop
        insert into profile.profiles as p (user_id, followers_count, following_count, version, updated_at)
        values (side, greatest((side = followed)::int * delta, 0), greatest((side = follower)::int * delta, 0), 0, platform.now())
        on conflict on constraint profiles_pkey do update set
            followers_count = p.followers_count + (side = followed)::int * delta,
            following_count = p.following_count + (side = follower)::int * delta;
    end loop;
end
$$;
