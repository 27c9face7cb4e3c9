-- Changes what an account says of itself; members that are absent stay, null clears. Answers {bio, image}.
create or replace function profile.conduit_update_person(context jsonb, account uuid, changes jsonb) returns jsonb
language plpgsql volatile
as $$
begin
    perform profile.update_profile(context, conduit_update_person.account, null, changes);
    return profile.conduit_person(conduit_update_person.account);
end
$$;
