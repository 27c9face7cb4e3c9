-- Gives a place back, if the lease is still the caller's.
create or replace function identity.release_hash_slot(holder uuid, slot int) returns void
language sql volatile
as $$
    update identity.hash_slots h
    set holder = null, leased_until = '-infinity'
    where h.slot = release_hash_slot.slot and h.holder = release_hash_slot.holder
$$;
