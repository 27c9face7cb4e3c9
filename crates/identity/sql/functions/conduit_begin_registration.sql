-- Before a password is hashed for a client that is told what is taken, as the RealWorld API wants it. Answers
--   taken    {email, username}: nothing to hash for,
--   waiting  {ahead, full}: all places for hashing are taken,
--   leased   {slot}.
create or replace function identity.conduit_begin_registration(email text, username_key text, slots int, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    taken jsonb := identity.conduit_taken(conduit_begin_registration.email, conduit_begin_registration.username_key);
    place jsonb;
begin
    if taken is not null then
        return taken;
    end if;
    place := identity.lease_hash_slot(slots, holder);
    return place || jsonb_build_object('outcome', case when place -> 'slot' is null then 'waiting' else 'leased' end);
end
$$;
