-- Stops all bots, or those of one account, and lets no order through until it is released. `scope` is `global` or the
-- account's id. Answers how many bots were stopped.
create or replace function trading.engage_kill_switch(context jsonb, scope text, reason text) returns jsonb
language plpgsql volatile
as $$
declare
    stopped bigint;
begin
    insert into trading.kill_switches as s (scope, reason, engaged_by, engaged_at)
    values (engage_kill_switch.scope, engage_kill_switch.reason, coalesce(context ->> 'actor', 'system'), platform.now())
    on conflict on constraint kill_switches_pkey do nothing;
    stopped := trading.stop_bots(context, null,
        case when engage_kill_switch.scope <> 'global' then engage_kill_switch.scope::uuid end, 'kill', engage_kill_switch.reason);
    perform platform.record(context, 'kill_switch.engaged', 'kill_switch', engage_kill_switch.scope, null,
        jsonb_build_object('reason', engage_kill_switch.reason, 'stopped', stopped));
    return jsonb_build_object('engaged', true, 'stopped', stopped);
end
$$;
