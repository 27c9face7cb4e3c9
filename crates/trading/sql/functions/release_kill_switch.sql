-- Lets orders through again. Bots stay stopped until their owners start them.
create or replace function trading.release_kill_switch(context jsonb, scope text) returns jsonb
language plpgsql volatile
as $$
begin
    delete from trading.kill_switches s where s.scope = release_kill_switch.scope;
    if found then
        perform platform.record(context, 'kill_switch.released', 'kill_switch', release_kill_switch.scope);
    end if;
    return jsonb_build_object('engaged', false);
end
$$;
