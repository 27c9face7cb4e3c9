-- Takes the next follows of an account off the counts at their other ends while it is hidden, the oldest first, or puts the newest of those
-- that are left out back when it no longer is: at most `size` of those whom it follows, and as many of those who follow it. Answers whether
-- there are more; asked again when all is done it changes nothing. What an account's follows count at the other end depends on this account
-- alone, so that whoever holds its lock need not know what becomes of the others.
create or replace function profile.count_follows_of(account uuid, size int default 1000) returns boolean
language plpgsql volatile
as $$
declare
    state     profile.hidden_accounts;
    followed  record;
    followers record;
    delta     int;
begin
    perform pg_advisory_xact_lock(hashtextextended('profile.account:' || count_follows_of.account, 0));
    select h.* into state from profile.hidden_accounts h where h.account_id = count_follows_of.account;
    if state.account_id is null then
        return false;
    end if;
    select n.ids, n.up_to_at, n.up_to_id, n.more into followed from profile.next_follows(state, false, size) n;
    select n.ids, n.up_to_at, n.up_to_id, n.more into followers from profile.next_follows(state, true, size) n;
    delta := case when state.hidden then -1 else 1 end;
    -- In the order of their ids, as profile.count_follow takes them.
    perform 1 from profile.profiles p
    where p.user_id = any (followed.ids || followers.ids)
    order by p.user_id
    for no key update;
    update profile.profiles p set followers_count = p.followers_count + delta where p.user_id = any (followed.ids);
    update profile.profiles p set following_count = p.following_count + delta where p.user_id = any (followers.ids);
    if state.hidden or followed.more or followers.more then
        update profile.hidden_accounts h
        set following_at = followed.up_to_at, following_id = followed.up_to_id,
            followers_at = followers.up_to_at, followers_id = followers.up_to_id
        where h.account_id = state.account_id;
    else
        delete from profile.hidden_accounts h where h.account_id = state.account_id;
    end if;
    return followed.more or followers.more;
end
$$;

-- The other ends of an account's next follows, those whom it follows or its `followers`, whether there are more, and up to where its
-- follows are left out after them.
create or replace function profile.next_follows(
    state profile.hidden_accounts, followers boolean, size int,
    out ids uuid[], out up_to_at timestamptz, out up_to_id uuid, out more boolean)
language plpgsql stable
as $$
declare
    times timestamptz[];
    place int := size + case when state.hidden then 0 else 1 end;
begin
    -- One more than asked for, to know whether there are more. Of those to be put back it is the newest that stays left out.
    if followers and state.hidden then
        select array_agg(n.follower_id order by n.created_at, n.follower_id), array_agg(n.created_at order by n.created_at, n.follower_id)
        into ids, times
        from (
            select f.follower_id, f.created_at from profile.follows f
            where f.followed_id = state.account_id and (f.created_at, f.follower_id) > (state.followers_at, state.followers_id)
            order by f.created_at, f.follower_id limit size + 1) n;
    elsif followers then
        select array_agg(n.follower_id order by n.created_at desc, n.follower_id desc),
               array_agg(n.created_at order by n.created_at desc, n.follower_id desc)
        into ids, times
        from (
            select f.follower_id, f.created_at from profile.follows f
            where f.followed_id = state.account_id and (f.created_at, f.follower_id) <= (state.followers_at, state.followers_id)
            order by f.created_at desc, f.follower_id desc limit size + 1) n;
    elsif state.hidden then
        select array_agg(n.followed_id order by n.created_at, n.followed_id), array_agg(n.created_at order by n.created_at, n.followed_id)
        into ids, times
        from (
            select f.followed_id, f.created_at from profile.follows f
            where f.follower_id = state.account_id and (f.created_at, f.followed_id) > (state.following_at, state.following_id)
            order by f.created_at, f.followed_id limit size + 1) n;
    else
        select array_agg(n.followed_id order by n.created_at desc, n.followed_id desc),
               array_agg(n.created_at order by n.created_at desc, n.followed_id desc)
        into ids, times
        from (
            select f.followed_id, f.created_at from profile.follows f
            where f.follower_id = state.account_id and (f.created_at, f.followed_id) <= (state.following_at, state.following_id)
            order by f.created_at desc, f.followed_id desc limit size + 1) n;
    end if;
    more := coalesce(cardinality(ids), 0) > size;
    up_to_at := case when more then times[place] when state.hidden then 'infinity'::timestamptz else '-infinity'::timestamptz end;
    up_to_id := case when more then ids[place] else state.account_id end;
    ids := coalesce(ids[1:size], '{}');
end
$$;
