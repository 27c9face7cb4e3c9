-- What an account says of itself, beside what identity knows of it: {bio, image}.
create or replace function profile.conduit_person(account uuid) returns jsonb
language plpgsql stable
as $$
begin
    return coalesce(
        (select jsonb_build_object('bio', nullif(p.bio, ''), 'image', nullif(p.image_url, ''))
         from profile.profiles p where p.user_id = conduit_person.account),
        '{"bio": null, "image": null}');
end
$$;
