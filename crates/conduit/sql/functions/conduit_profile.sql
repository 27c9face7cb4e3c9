-- A profile as the RealWorld API writes it for one reader, as a JSON text: {"profile": {…}}. Null without such an account.
create or replace function profile.conduit_profile(username_key text, reader uuid) returns text
language plpgsql stable
as $$
begin
    return (
        select json_build_object('profile', json_build_object(
            'username', a.username,
            'bio', nullif(p.bio, ''),
            'image', nullif(p.image_url, ''),
            'following', exists (
                select 1 from profile.follows f
                where f.follower_id = conduit_profile.reader and f.followed_id = a.id)))::text
        from identity.public_accounts a
        left join profile.profiles p on p.user_id = a.id
        where a.username_key = conduit_profile.username_key);
end
$$;
