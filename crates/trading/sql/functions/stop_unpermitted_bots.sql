-- Stops the bots of an account that may not run any, whether it lost the role or was disabled: what rests at the exchange would be
-- filled before their next look at the market. An account that may keeps its bots. Answers how many were stopped.
create or replace function trading.stop_unpermitted_bots(context jsonb, owner uuid) returns jsonb
language plpgsql volatile
as $$
begin
    if identity.holds(stop_unpermitted_bots.owner, '{bots.run}') then
        return jsonb_build_object('stopped', 0);
    end if;
    return jsonb_build_object('stopped', trading.stop_bots(
        context, null, stop_unpermitted_bots.owner, 'system', 'Your account may not run bots any more.'));
end
$$;
