-- The profile that everybody may see, with the reader's relation to it; null if there is no such account.
create or replace function profile.public_profile(username_key text, reader uuid) returns text
language plpgsql stable
as $$
begin
    return (
        select json_build_object(
            'user_id', a.id,
            'username', a.username,
            'display_name', p.display_name,
            'bio', p.bio,
            'image_url', p.image_url,
            'website', p.website,
            'location', p.location,
            'following', exists (
                select 1 from profile.follows f
                where f.follower_id = public_profile.reader and f.followed_id = a.id),
            'followers_count', coalesce(p.followers_count, 0),
            'following_count', coalesce(p.following_count, 0),
            'created_at', platform.time_text(a.created_at))::text
        from identity.public_accounts a
        left join profile.profiles p on p.user_id = a.id
        where a.username_key = public_profile.username_key);
end
$$;
