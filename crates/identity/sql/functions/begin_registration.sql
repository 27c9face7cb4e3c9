-- Before the password is hashed. Answers
--   username_taken  nothing to hash for,
--   busy            all places for hashing are taken,
--   leased          {slot}.
create or replace function identity.begin_registration(username_key text, slots int, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    leased int;
begin
    if identity.username_is_taken(begin_registration.username_key) then
        return jsonb_build_object('outcome', 'username_taken');
    end if;
    leased := identity.lease_hash_slot(slots, holder);
    if leased is null then
        return jsonb_build_object('outcome', 'busy');
    end if;
    return jsonb_build_object('outcome', 'leased', 'slot', leased);
end
$$;
