-- Tells the owner what became of a second factor: `change` is totp_enabled, totp_disabled, passkey_added or passkey_deleted. To an address
-- that nobody has proved goes nothing: it may be a stranger's.
create or replace function identity.tell_of_factor(context jsonb, account uuid, change text) returns void
language plpgsql volatile
as $$
begin
    perform platform.notify(context, 'factor_changed:' || platform.uuid_v7(), a.id, 'factor_changed',
                            jsonb_build_object('change', tell_of_factor.change), a.email)
    from identity.accounts a
    where a.id = tell_of_factor.account and a.email_verified_at is not null;
end
$$;
