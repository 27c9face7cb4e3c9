-- Does or skips a step. A step that was done may be done again, which replaces its data; one whose turn has not come may not. Answers
-- taken {onboarding, version}, unknown, out_of_order {next}, not_skippable, completed, or stale.
create or replace function profile.take_onboarding_step(
    context jsonb, account uuid, expected int8, step text, skip boolean, data jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    row    profile.onboarding;
    wanted record;
    next   text;
    shown  record;
    taken  jsonb;
begin
    select s.* into wanted from profile.onboarding_steps() s where s.name = step;
    if wanted.name is null then
        return jsonb_build_object('outcome', 'unknown');
    end if;
    if skip and not wanted.skippable then
        return jsonb_build_object('outcome', 'not_skippable');
    end if;
    perform profile.hold_account(account);
    insert into profile.onboarding (user_id, version, updated_at) values (account, 0, platform.now())
    on conflict on constraint onboarding_pkey do nothing;
    select o.* into row from profile.onboarding o where o.user_id = account for update;
    if expected is not null and expected <> row.version then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if row.completed_at is not null then
        return jsonb_build_object('outcome', 'completed');
    end if;
    select s.name into next from profile.onboarding_steps() s where not row.steps ? s.name order by s.place limit 1;
    if not row.steps ? step and step <> next then
        return jsonb_build_object('outcome', 'out_of_order', 'next', next);
    end if;
    taken := jsonb_build_object('state', case when skip then 'skipped' else 'done' end)
             || case when data is null then '{}' else jsonb_build_object('data', data) end;
    if (row.steps -> step) - 'at' is distinct from taken then
        update profile.onboarding o set
            steps = o.steps || jsonb_build_object(step, taken || jsonb_build_object('at', platform.time_text(platform.now()))),
            version = o.version + 1, updated_at = platform.now()
        where o.user_id = account;
    end if;
    select o.onboarding, o.version into shown from profile.onboarding_json(account) o;
    return jsonb_build_object('outcome', 'taken', 'onboarding', shown.onboarding, 'version', shown.version);
end
$$;
