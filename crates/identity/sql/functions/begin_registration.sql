-- Before the password is hashed. Answers
--   username_taken  nothing to hash for,
--   waiting         {ahead, full}: all places for hashing are taken,
--   leased          {slot}.
create or replace function identity.begin_registration(username_key text, slots int, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    place jsonb;
begin
    if identity.username_is_taken(begin_registration.username_key) then
        return jsonb_build_object('outcome', 'username_taken');
    end if;
    place := identity.lease_hash_slot(slots, holder);
    return place || jsonb_build_object('outcome', case when place -> 'slot' is null then 'waiting' else 'leased' end);
end
$$;
