-- Makes a bot, stopped. `wanted` is {id, name, strategy, params, pair, mode, key_id, risk, every}. Answers
--   created with the bot, no_key, key_unfit, too_many (fifty that are not deleted), replayed, mismatch.
create or replace function trading.create_bot(
    context jsonb, owner uuid, principal text, route text, idempotency_key text, request_hash bytea, wanted jsonb)
returns jsonb
language plpgsql volatile
as $$
declare
    key     trading.exchange_keys;
    claim   record;
    refusal text;
    bot     trading.bots;
    moment  timestamptz := platform.now();
    data    jsonb := wanted || jsonb_build_object('user_id', owner);
begin
    perform identity.require_live(context);
    -- One at a time for each owner, or the limit would be none.
    perform pg_advisory_xact_lock(hashtextextended('trading.bots:' || owner, 0));
    -- Before all else: what was answered once is answered so again, whatever has become of the key since.
    select c.outcome, c.resource_id into claim from platform.claim_idempotency(
        create_bot.principal, create_bot.route, create_bot.idempotency_key, create_bot.request_hash,
        (wanted ->> 'id')::uuid) c;
    if claim.outcome <> 'claimed' then
        return jsonb_build_object('outcome', claim.outcome, 'bot_id', claim.resource_id);
    end if;
    if wanted ->> 'mode' = 'live' then
        select k.* into key from trading.exchange_keys k
        where k.id = (wanted ->> 'key_id')::uuid and k.user_id = create_bot.owner and k.disconnected_at is null;
    end if;
    refusal := case
        when wanted ->> 'mode' = 'live' and key.id is null then 'no_key'
        when wanted ->> 'mode' = 'live' and key.mode <> 'trade' then 'key_unfit'
        when 50 <= (select count(*) from trading.bots b where b.user_id = create_bot.owner and b.deleted_at is null)
            then 'too_many' end;
    if refusal is not null then
        perform platform.release_idempotency(principal, route, idempotency_key);
        return jsonb_build_object('outcome', refusal);
    end if;
    bot := trading.fold_bot(null, 1, moment, 'created', data);
    insert into trading.bots values (bot.*);
    insert into trading.bot_events (bot_id, seq, at, type, data) values (bot.id, 1, moment, 'created', data);
    perform platform.record(context, 'bot.created', 'bot', bot.id::text, null, trading.bot_document(bot));
    return jsonb_build_object('outcome', 'created', 'bot', trading.bot_document(bot));
end
$$;
