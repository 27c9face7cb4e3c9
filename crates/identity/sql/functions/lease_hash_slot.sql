-- Leases one of the first `slots` places for hashing a password for two seconds, in the order of arrival. Answers
--   {slot}           the place,
--   {ahead}          how many stand before the caller, who asks again within half a second to keep its place in the queue,
--   {ahead, full}    more stand before the caller than will be served while anybody has patience.
create or replace function identity.lease_hash_slot(slots int, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    own    int8;
    ahead  int8;
    leased int;
begin
    select q.ticket into own from identity.hash_queue q where q.holder = lease_hash_slot.holder;
    -- Who has not asked for a while has gone.
    select count(*) into ahead
    from identity.hash_queue q
    where q.seen_at > platform.now() - interval '750 milliseconds' and (own is null or q.ticket < own);

    if ahead < (select count(*) from identity.hash_slots f
                where f.slot <= slots and f.leased_until <= platform.now()) then
        update identity.hash_slots h
        set holder = lease_hash_slot.holder, leased_until = platform.now() + interval '2 seconds'
        where h.slot = (
            select f.slot from identity.hash_slots f
            where f.slot <= slots and f.leased_until <= platform.now()
            order by f.slot
            limit 1
            for update skip locked)
        returning h.slot into leased;
    end if;
    if leased is not null then
        if own is not null then
            delete from identity.hash_queue q where q.ticket = own;
        end if;
        return jsonb_build_object('slot', leased);
    end if;

    -- At 35 ms a password, this many take four seconds.
    if own is null and ahead >= slots * 100 then
        return jsonb_build_object('ahead', ahead, 'full', true);
    end if;
    insert into identity.hash_queue as q (holder, seen_at)
    values (lease_hash_slot.holder, platform.now())
    on conflict on constraint hash_queue_holder_key do update set seen_at = excluded.seen_at;
    return jsonb_build_object('ahead', ahead);
end
$$;
