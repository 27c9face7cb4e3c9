-- What a failed call has told about a key, outside of a check: it is not fit. Nothing happens where that is known already. One that
-- lacked a permission is looked at again at once: what is stored of its permissions is not true any more. Once an hour: where the
-- exchange lists what it then refuses, each refusal would be news to the owner.
create or replace function trading.mark_key(context jsonb, key_id uuid, status text, problem text) returns jsonb
language plpgsql volatile
as $$
declare
    stored trading.exchange_keys;
begin
    update trading.exchange_keys k
    set status = mark_key.status, problem = mark_key.problem, updated_at = platform.now(), version = k.version + 1
    where k.id = mark_key.key_id and k.disconnected_at is null and k.status = 'active'
    returning k.* into stored;
    if not found then
        if mark_key.status = 'locked' then
            perform trading.lock_out(k.lane) from trading.exchange_keys k where k.id = mark_key.key_id;
        end if;
        return jsonb_build_object('outcome', 'known');
    end if;
    -- Before the bots that it stops: whoever writes down what the exchange said of an order locks the lane and then its bot.
    if mark_key.status = 'locked' then
        perform trading.lock_out(stored.lane);
    end if;
    perform platform.emit(context, 'kraken.events', stored.id::text, 'kraken.key.updated', jsonb_build_object(
        'key_id', stored.id, 'user_id', stored.user_id, 'changed', jsonb_build_array('status'),
        'permissions', to_jsonb(stored.permissions), 'status', stored.status, 'reason', stored.problem));
    perform platform.record(context, 'kraken.key.marked', 'exchange_key', stored.id::text, null,
        jsonb_build_object('status', stored.status, 'problem', stored.problem));
    perform trading.key_became_unfit(context, stored);
    if stored.status = 'drift' then
        perform platform.enqueue(context, 'check_key', stored.id || ':refused:' || extract(epoch from platform.now())::bigint / 3600,
            jsonb_build_object('key_id', stored.id));
    end if;
    return jsonb_build_object('outcome', 'marked');
end
$$;
