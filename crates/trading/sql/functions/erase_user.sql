-- What remains of an account that was deleted: its bots stop, its keys are destroyed and lose their names, its wallet of play
-- money and its backtests go. Orders and fills stay as records of an id that belongs to nobody. Twice changes nothing.
create or replace function trading.erase_user(context jsonb, owner uuid) returns jsonb
language plpgsql volatile
as $$
declare
    key     uuid;
    keys    bigint := 0;
    stopped bigint;
begin
    -- Keys before bots, as whoever finds a key unfit, and orders before them, as whoever writes down what became of one.
    perform from trading.exchange_keys k
    where k.user_id = erase_user.owner and k.disconnected_at is null order by k.id for no key update;
    perform from trading.orders o where o.user_id = erase_user.owner and o.finished_at is null order by o.id for update;
    stopped := trading.stop_bots(context, null, erase_user.owner, 'system', 'The account was deleted.');
    for key in
        select k.id from trading.exchange_keys k where k.user_id = erase_user.owner and k.disconnected_at is null order by k.id
    loop
        perform trading.disconnect_key(context, erase_user.owner, key, 'account_deleted');
        keys := keys + 1;
    end loop;
    update trading.exchange_keys k set label = 'deleted', ip_allowlist = '{}', warnings = '{}', problem = null
    where k.user_id = erase_user.owner and k.label <> 'deleted';
    perform trading.cancel_order(context, null, o.id, null) from trading.orders o
    where o.user_id = erase_user.owner and o.mode = 'paper' and o.finished_at is null;
    delete from trading.paper_balances b where b.user_id = erase_user.owner;
    delete from trading.backtests t where t.user_id = erase_user.owner;
    return jsonb_build_object('keys', keys, 'bots', stopped);
end
$$;
