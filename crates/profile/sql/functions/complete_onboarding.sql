-- Completes onboarding once all steps are done or skipped; however often and at once it is asked for, the event is emitted once. Answers
-- taken {onboarding, version}, unfinished {next}, or stale.
create or replace function profile.complete_onboarding(context jsonb, account uuid, expected int8) returns jsonb
language plpgsql volatile
as $$
declare
    row   profile.onboarding;
    next  text;
    shown record;
begin
    select o.* into row from profile.onboarding o where o.user_id = account for update;
    if expected <> coalesce(row.version, 0) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    select s.name into next from profile.onboarding_steps() s
    where not coalesce(row.steps, '{}') ? s.name order by s.place limit 1;
    if next is not null then
        return jsonb_build_object('outcome', 'unfinished', 'next', next);
    end if;
    if row.completed_at is null then
        update profile.onboarding o set completed_at = platform.now(), version = o.version + 1, updated_at = platform.now()
        where o.user_id = account;
        perform platform.emit(context, 'onboarding.events', account::text, 'onboarding.completed', jsonb_build_object(
            'user_id', account,
            'skipped', (select coalesce(jsonb_agg(k order by k), '[]') from jsonb_each(row.steps) e (k, v) where v ->> 'state' = 'skipped')));
        perform platform.record(context, 'onboarding.completed', 'account', account::text);
    end if;
    select o.onboarding, o.version into shown from profile.onboarding_json(account) o;
    return jsonb_build_object('outcome', 'taken', 'onboarding', shown.onboarding, 'version', shown.version);
end
$$;
