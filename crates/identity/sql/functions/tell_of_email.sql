-- Tells of an account's new address: its owner, by mail at the old one and by a notification, the other services, and the audit log.
-- `owner` is the account as it was before.
create or replace function identity.tell_of_email(context jsonb, owner identity.accounts, email text) returns void
language plpgsql volatile
as $$
begin
    perform platform.send_mail(context, 'email_changed:' || platform.uuid_v7(), owner.email, 'email_changed',
                               jsonb_build_object('new_email', tell_of_email.email));
    perform platform.notify(context, 'email_changed:' || platform.uuid_v7(), owner.id, 'email_changed',
                            jsonb_build_object('new_email', tell_of_email.email));
    perform platform.emit(context, 'user.events', owner.id::text, 'user.updated', jsonb_build_object('user_id', owner.id));
    perform platform.record(context, 'email.changed', 'account', owner.id::text,
                            jsonb_build_object('email', owner.email), jsonb_build_object('email', tell_of_email.email));
end
$$;
