-- What identity and profile know of an account, by the names of OpenID Connect Core section 5.1; null if it is gone or disabled.
-- `grant_id` names the single claims that were asked for.
create or replace function identity.oauth_user_claims(account uuid, grant_id uuid) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'claims', jsonb_strip_nulls(jsonb_build_object(
            'preferred_username', a.username,
            'nickname', a.username,
            'name', coalesce(p.display_name, a.username),
            'picture', p.image_url,
            'updated_at', floor(extract(epoch from a.updated_at))::int8,
            'email', a.email,
            'email_verified', a.email_verified_at is not null)),
        'asked', coalesce((
            select g.claims from identity.oauth_grants g where g.id = oauth_user_claims.grant_id), '{}'))
    from identity.accounts a
    left join profile.public_profiles p on p.user_id = a.id
    where a.id = oauth_user_claims.account and a.disabled_at is null
$$;
