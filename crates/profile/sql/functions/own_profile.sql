-- The profile as its owner sees it, and the version for its entity tag. Nulls for
-- an account that is gone or disabled. In plpgsql, as what else is read often here: its plans are kept, where an SQL function that joins or
-- asks again is planned anew at every call.
create or replace function profile.own_profile(account uuid, out profile text, out version int8)
language plpgsql stable
as $$
begin
    select json_build_object(
        'user_id', a.id,
        'username', a.username,
        'display_name', p.display_name,
        'bio', p.bio,
        'image_url', p.image_url,
        'website', p.website,
        'location', p.location,
        'timezone', p.timezone,
        'locale', p.locale,
        'onboarding', o.onboarding,
        'created_at', platform.time_text(a.created_at),
        'updated_at', platform.time_text(case when p.version > 0 then p.updated_at end))::text,
        -- Both only ever grow, so their sum is another whenever one is; above them the name, which identity keeps.
        coalesce(p.version, 0) + o.version + ((hashtextextended(a.username, 0) & 2147483647) << 32)
    into profile, version
    from identity.public_accounts a
    left join profile.profiles p on p.user_id = a.id
    cross join lateral profile.onboarding_json(a.id) o
    where a.id = own_profile.account;
end
$$;
