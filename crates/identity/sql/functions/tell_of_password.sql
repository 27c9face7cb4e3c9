-- Tells the owner that the password is another. To an address that nobody has proved goes nothing: it may be a stranger's.
create or replace function identity.tell_of_password(context jsonb, owner identity.accounts) returns void
language plpgsql volatile
as $$
begin
    if owner.email_verified_at is not null then
        perform platform.notify(context, 'password_changed:' || platform.uuid_v7(), owner.id, 'password_changed', '{}',
                                owner.email);
    end if;
end
$$;
