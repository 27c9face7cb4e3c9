-- Follows an account, or no longer. However often and at once it is asked for, it counts once. Answers followed {profile}, oneself,
-- or not_found.
create or replace function profile.set_follow(context jsonb, follower uuid, username_key text, wanted boolean) returns jsonb
language plpgsql volatile
as $$
declare
    followed uuid;
    side     uuid;
    since    timestamptz;
    delta    int := 0;
begin
    select a.id into followed from identity.public_accounts a where a.username_key = set_follow.username_key;
    if followed = follower then
        return jsonb_build_object('outcome', 'oneself');
    end if;
    -- Whoever disables or erases one of the two waits till this is done, or is waited for (profile.count_follows_of_account): in the order
    -- of their ids, as their counts are taken. Then both must still be there.
    foreach side in array array[least(follower, followed), greatest(follower, followed)] loop
        perform pg_advisory_xact_lock_shared(hashtextextended('profile.account:' || side, 0));
    end loop;
    if (select count(*) from identity.public_accounts a where a.id in (follower, followed)) < 2 then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if wanted then
        insert into profile.follows (follower_id, followed_id, created_at)
        values (follower, followed, date_trunc('milliseconds', platform.now()))
        on conflict on constraint follows_pkey do nothing
        returning created_at into since;
        delta := case when found then 1 else 0 end;
    else
        delete from profile.follows f where f.follower_id = follower and f.followed_id = followed returning f.created_at into since;
        delta := case when found then -1 else 0 end;
    end if;
    if delta <> 0 then
        perform profile.count_follow(follower, followed, since, delta);
    end if;
    if delta = 1 then
        -- Once for each pair: whoever follows, stops and follows again is no news.
        perform platform.notify(
            context, 'new_follower:' || follower || ':' || followed, followed, 'new_follower',
            (select jsonb_build_object('username', a.username) from identity.public_accounts a where a.id = follower));
    end if;
    return jsonb_build_object('outcome', 'followed', 'profile', profile.public_profile(username_key, follower)::jsonb);
end
$$;
