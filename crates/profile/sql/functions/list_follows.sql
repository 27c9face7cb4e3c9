-- One page of the accounts that follow an account (`followers`), or that it follows, the newest first, as a JSON text, and the position
-- of the last if there are more. Null if there is no such account. Accounts that are disabled are left out before the page is cut.
create or replace function profile.list_follows(
    username_key text, followers boolean, reader uuid, after_ms int8, after_id uuid, size int8,
    out items text, out last_ms int8, out last_id uuid)
language plpgsql stable
as $$
declare
    account   uuid;
    after_at  timestamptz := coalesce(to_timestamp(after_ms / 1000.0), 'infinity');
    after_key uuid := coalesce(after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    ids       uuid[];
begin
    select a.id into account from identity.public_accounts a where a.username_key = list_follows.username_key;
    if account is null then
        return;
    end if;
    -- One more than asked for, to know whether there are more.
    if followers then
        ids := array(
            select f.follower_id from profile.follows f
            where f.followed_id = account and (f.created_at, f.follower_id) < (after_at, after_key)
              and (select 1 from profile.hidden_accounts h where h.account_id = f.follower_id and h.hidden) is null
            order by f.created_at desc, f.follower_id desc limit size + 1);
    else
        ids := array(
            select f.followed_id from profile.follows f
            where f.follower_id = account and (f.created_at, f.followed_id) < (after_at, after_key)
              and (select 1 from profile.hidden_accounts h where h.account_id = f.followed_id and h.hidden) is null
            order by f.created_at desc, f.followed_id desc limit size + 1);
    end if;
    if cardinality(ids) > size then
        last_id := ids[size::int];
        select (extract(epoch from f.created_at) * 1000)::int8 into last_ms from profile.follows f
        where f.follower_id = case when followers then last_id else account end
          and f.followed_id = case when followers then account else last_id end;
    end if;
    select coalesce(json_agg(json_build_object(
            'user_id', a.id,
            'username', a.username,
            'display_name', p.display_name,
            'bio', p.bio,
            'image_url', p.image_url,
            'following', reader is not null and exists (
                select 1 from profile.follows f where f.follower_id = reader and f.followed_id = a.id))
        order by k.place), '[]')::text into items
    from unnest(ids[1:size::int]) with ordinality as k (id, place)
    join identity.public_accounts a on a.id = k.id
    left join profile.profiles p on p.user_id = a.id;
end
$$;
