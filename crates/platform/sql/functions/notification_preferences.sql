-- What the user has chosen: {preferences, version}; version 0 while nothing was.
create or replace function platform.notification_preferences(account uuid) returns jsonb
language sql stable
as $$
    select coalesce(
        (select jsonb_build_object('preferences', p.preferences, 'version', p.version)
         from platform.notification_preferences p
         where p.user_id = account),
        '{"preferences": {}, "version": 0}')
$$;
