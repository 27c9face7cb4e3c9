-- Before the password is checked: a place for hashing, and the account if there is one. Either `email` or `username_key` is
-- given; `name` is what failures are counted by. Answers
--   leased     {slot, account}: `account` is null when nobody has that name,
--   waiting    {ahead, full},
--   throttled  {retry_after}: seconds; looked at again when the place is leased, so that who waits gets no more guesses.
create or replace function identity.begin_login(
    email text, username_key text, name text, network text, slots int, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    owner  identity.accounts;
    wait   int;
    place  jsonb;
begin
    select a.* into owner
    from identity.accounts a
    where (a.email = begin_login.email or a.username_key = begin_login.username_key)
      and a.disabled_at is null;
    wait := identity.failure_wait(begin_login.name, begin_login.network, owner.id);
    if wait > 0 then
        return jsonb_build_object('outcome', 'throttled', 'retry_after', wait);
    end if;
    place := identity.lease_hash_slot(slots, holder);
    if place -> 'slot' is null then
        return place || jsonb_build_object('outcome', 'waiting');
    end if;
    return jsonb_build_object(
        'outcome', 'leased',
        'slot', place -> 'slot',
        'account', case when owner.id is not null then
            jsonb_build_object('id', owner.id, 'password_hash', owner.password_hash) end);
end
$$;
