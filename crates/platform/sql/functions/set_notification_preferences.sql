-- Puts new choices in the place of the old ones. With `expected`, only if that is still their version. Answers set | stale.
create or replace function platform.set_notification_preferences(
    context jsonb, account uuid, expected bigint, preferences jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    before record;
    stored bigint;
begin
    insert into platform.notification_preferences (user_id, preferences, version, updated_at)
    values (set_notification_preferences.account, '{}', 0, platform.now())
    on conflict (user_id) do nothing;
    select p.preferences, p.version into before
    from platform.notification_preferences p
    where p.user_id = set_notification_preferences.account
    for update;
    if before.version <> coalesce(set_notification_preferences.expected, before.version) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    stored := before.version;
    if before.preferences <> set_notification_preferences.preferences or before.version = 0 then
        update platform.notification_preferences p
        set preferences = set_notification_preferences.preferences, version = p.version + 1, updated_at = platform.now()
        where p.user_id = set_notification_preferences.account
        returning p.version into stored;
        perform platform.record(context, 'notification_preferences.updated', 'account', account::text,
                                before.preferences, set_notification_preferences.preferences);
    end if;
    return jsonb_build_object('outcome', 'set', 'version', stored);
end
$$;
