-- What administrators look for: accounts by the beginning of their names, by role, and the disabled ones, each newest first.
create index accounts_email_prefix on identity.accounts (email collate "C");
create index accounts_username_prefix on identity.accounts (username_key collate "C");
create index accounts_disabled on identity.accounts (id) where disabled_at is not null;
drop index identity.account_roles_role;
create index account_roles_role on identity.account_roles (role, account_id);

-- The first thing that the first worker does: the administrator of the variables admin_email and admin_password.
insert into platform.tasks (id, kind, payload, state, run_at, idempotency_key, request_id, created_at)
values (gen_random_uuid(), 'bootstrap_admin', '{}', 'queued', now(), 'first', 'migration', now());
