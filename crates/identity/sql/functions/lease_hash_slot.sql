-- Leases one of the first `slots` places for hashing a password for two seconds; null when all are taken.
create or replace function identity.lease_hash_slot(slots int, holder uuid) returns int
language sql volatile
as $$
    update identity.hash_slots h
    set holder = lease_hash_slot.holder, leased_until = platform.now() + interval '2 seconds'
    where h.slot = (
        select f.slot from identity.hash_slots f
        where f.slot <= lease_hash_slot.slots and f.leased_until <= platform.now()
        order by f.slot
        limit 1
        for update skip locked)
    returning h.slot
$$;
