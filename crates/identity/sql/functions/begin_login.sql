-- Before the password is checked: a place for hashing, and the account if there is one. Answers {slot, account}, each
-- null when there is none. Either `email` or `username_key` is given.
create or replace function identity.begin_login(email text, username_key text, slots int, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    leased  int := identity.lease_hash_slot(slots, holder);
    account jsonb;
begin
    if leased is null then
        return jsonb_build_object('slot', null, 'account', null);
    end if;
    select jsonb_build_object('id', a.id, 'password_hash', a.password_hash) into account
    from identity.accounts a
    where (a.email = begin_login.email or a.username_key = begin_login.username_key)
      and a.disabled_at is null;
    return jsonb_build_object('slot', leased, 'account', account);
end
$$;
