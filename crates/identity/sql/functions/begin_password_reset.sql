-- Before a new password is hashed. Answers
--   leased   {slot, account: {email, username}},
--   waiting  {ahead, full},
--   unknown  no such link, or it is over.
create or replace function identity.begin_password_reset(token_hash bytea, slots int, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    owner identity.accounts;
    place jsonb;
begin
    select a.* into owner
    from identity.password_resets r
    join identity.accounts a on a.id = r.account_id and a.disabled_at is null
    where r.hash = begin_password_reset.token_hash and r.expires_at > platform.now();
    if owner.id is null then
        return jsonb_build_object('outcome', 'unknown');
    end if;
    place := identity.lease_hash_slot(slots, holder);
    if place -> 'slot' is null then
        return place || jsonb_build_object('outcome', 'waiting');
    end if;
    return jsonb_build_object('outcome', 'leased', 'slot', place -> 'slot',
                              'account', jsonb_build_object('email', owner.email, 'username', owner.username));
end
$$;
