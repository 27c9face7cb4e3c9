-- Before the owner of a session types the password again. Answers
--   leased     {slot, account: {email, username, password_hash}},
--   waiting    {ahead, full},
--   throttled  {retry_after}: seconds,
--   ended      the session is over.
create or replace function identity.begin_confirmation(account uuid, session uuid, network text, slots int, holder uuid)
returns jsonb
language plpgsql volatile
as $$
declare
    wait  int := identity.failure_wait(
        'account:' || begin_confirmation.account, begin_confirmation.network, begin_confirmation.account);
    place jsonb;
begin
    if not identity.session_is_live(begin_confirmation.account, begin_confirmation.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    if wait > 0 then
        return jsonb_build_object('outcome', 'throttled', 'retry_after', wait);
    end if;
    place := identity.lease_hash_slot(slots, holder);
    if place -> 'slot' is null then
        return place || jsonb_build_object('outcome', 'waiting');
    end if;
    return jsonb_build_object('outcome', 'leased', 'slot', place -> 'slot', 'account', (
        select jsonb_build_object('email', a.email, 'username', a.username, 'password_hash', a.password_hash)
        from identity.accounts a where a.id = begin_confirmation.account));
end
$$;
