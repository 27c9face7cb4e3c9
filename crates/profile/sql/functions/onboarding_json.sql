-- Onboarding as its owner sees it: the steps in the order of doing, and the one to do next. No row reads as nothing done.
create or replace function profile.onboarding_json(account uuid, out onboarding json, out version int8)
language plpgsql stable
as $$
begin
    select json_build_object(
        'state', case when o.completed_at is not null then 'completed' when coalesce(o.steps, '{}') = '{}' then 'not_started' else 'in_progress' end,
        'steps', (
            select json_agg(json_build_object(
                'name', s.name, 'skippable', s.skippable,
                'state', coalesce(o.steps -> s.name ->> 'state', 'todo'),
                'data', o.steps -> s.name -> 'data',
                'at', o.steps -> s.name ->> 'at') order by s.place)
            from profile.onboarding_steps() s),
        'next', (
            select s.name from profile.onboarding_steps() s
            where o.completed_at is null and not coalesce(o.steps ? s.name, false) order by s.place limit 1),
        'completed_at', platform.time_text(o.completed_at)),
        coalesce(o.version, 0)
    into onboarding, version
    from (select) nobody
    left join profile.onboarding o on o.user_id = onboarding_json.account;
end
$$;

-- The steps, in the order of doing.
create or replace function profile.onboarding_steps() returns table (place int, name text, skippable boolean)
language sql immutable
as $$ values (1, 'profile', false), (2, 'preferences', false), (3, 'exchange', true) $$;
