-- Profile's share of what an account's owner may take away (identity.export_account).
create or replace function profile.export_user(account uuid) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'profile', (select to_jsonb(p) - 'version' from profile.profiles p where p.user_id = export_user.account),
        'follows', coalesce((
            select jsonb_agg(jsonb_build_object('user_id', f.followed_id, 'since', platform.time_text(f.created_at))
                             order by f.created_at, f.followed_id)
            from profile.follows f where f.follower_id = export_user.account), '[]'))
$$;
