-- Follows an account, or no longer, as profile.set_follow counts it. Answers followed {profile}, oneself or not_found.
create or replace function profile.conduit_set_follow(context jsonb, follower uuid, username_key text, wanted boolean) returns jsonb
language plpgsql volatile
as $$
declare
    outcome text := profile.set_follow(context, follower, conduit_set_follow.username_key, wanted) ->> 'outcome';
begin
    return jsonb_build_object('outcome', outcome) || case when outcome = 'followed' then
        profile.conduit_profile(conduit_set_follow.username_key, follower)::jsonb else '{}' end;
end
$$;
