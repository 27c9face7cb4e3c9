-- Lets a consumer begin again: after the position `after` ("<xid>/<seq>"), or with the first event since a moment, or, if both are
-- null, with the oldest event that is kept. A worker that reads for it at this moment loses its lease. Answers
-- {outcome, position}: replaying, ahead (no event has come that far: what comes until then would be passed over), not_found.
create or replace function platform.replay_events(
    context jsonb, consumer text, after text, since timestamptz) returns text
language plpgsql volatile
set enable_seqscan = off
as $$
declare
    before platform.consumers;
    target record;
begin
    select k.* into before from platform.consumers k where k.name = replay_events.consumer for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if after is not null then
        select split_part(after, '/', 1)::xid8 as xid, split_part(after, '/', 2)::bigint as seq into target;
        if (target.xid, target.seq) > (before.xid, before.seq)
           and not exists (select from platform.outbox o where (o.xid, o.seq) >= (target.xid, target.seq)) then
            return jsonb_build_object('outcome', 'ahead');
        end if;
    elsif since is not null then
        select o.xid, o.seq - 1 as seq into target from platform.outbox o
        where o.created_at >= since order by o.xid, o.seq limit 1;
        if not found then
            select before.xid as xid, before.seq as seq into target;
        end if;
    else
        select '0'::xid8 as xid, 0::bigint as seq into target;
    end if;
    update platform.consumers k
    set xid = target.xid, seq = target.seq, singly_xid = null, singly_seq = null, lease_holder = null, leased_until = null,
        moved_at = platform.now()
    where k.name = replay_events.consumer;
    perform platform.record(context, 'events.replayed', 'consumer', replay_events.consumer,
        jsonb_build_object('position', before.xid::text || '/' || before.seq),
        jsonb_build_object('position', target.xid::text || '/' || target.seq));
    return jsonb_build_object('outcome', 'replaying', 'position', target.xid::text || '/' || target.seq);
end
$$;
