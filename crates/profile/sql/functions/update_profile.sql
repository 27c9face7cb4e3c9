-- Changes the members of a profile that `changes` names; null clears. Answers
--   updated    {profile, version}; also when nothing is different, then without an event,
--   unknown_time_zone,
--   stale      the profile is not at `expected` any more (null: any version),
--   not_found  the account is gone or disabled.
create or replace function profile.update_profile(context jsonb, account uuid, expected int8, changes jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    before profile.profiles;
    after  profile.profiles;
    shown  record;
begin
    -- Whoever erases the account waits till this is done, or was waited for.
    perform pg_advisory_xact_lock_shared(hashtextextended('profile.account:' || account, 0));
    perform 1 from identity.public_accounts a where a.id = account;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if changes ->> 'timezone' is not null and not profile.is_time_zone(changes ->> 'timezone') then
        return jsonb_build_object('outcome', 'unknown_time_zone');
    end if;
    if changes <> '{}' then
        insert into profile.profiles as p (user_id, version, updated_at) values (account, 0, platform.now())
        on conflict on constraint profiles_pkey do nothing;
    end if;
    select p.* into before from profile.profiles p where p.user_id = account for update;
    if expected <> (select o.version from profile.own_profile(account) o) then
        -- A row made above is empty and has version 0, which reads as no row.
        return jsonb_build_object('outcome', 'stale');
    end if;

    after := before;
    after.display_name := case when changes ? 'display_name' then changes ->> 'display_name' else before.display_name end;
    after.bio := case when changes ? 'bio' then changes ->> 'bio' else before.bio end;
    after.image_url := case when changes ? 'image_url' then changes ->> 'image_url' else before.image_url end;
    after.website := case when changes ? 'website' then changes ->> 'website' else before.website end;
    after.location := case when changes ? 'location' then changes ->> 'location' else before.location end;
    after.timezone := case when changes ? 'timezone' then changes ->> 'timezone' else before.timezone end;
    after.locale := case when changes ? 'locale' then changes ->> 'locale' else before.locale end;
    if after is distinct from before then
        update profile.profiles p
        set display_name = after.display_name, bio = after.bio, image_url = after.image_url, website = after.website,
            location = after.location, timezone = after.timezone, locale = after.locale,
            version = before.version + 1, updated_at = platform.now()
        where p.user_id = account;
        perform platform.emit(context, 'user.events', account::text, 'user.updated',
                              jsonb_build_object('user_id', account, 'fields',
                                                 (select jsonb_agg(k order by k) from jsonb_object_keys(changes) k)));
        perform platform.record(context, 'profile.updated', 'account', account::text,
                                to_jsonb(before) - 'user_id', to_jsonb(after) - 'user_id');
    end if;

    select o.profile, o.version into shown from profile.own_profile(account) o;
    return jsonb_build_object('outcome', 'updated', 'profile', shown.profile::jsonb, 'version', shown.version);
end
$$;
