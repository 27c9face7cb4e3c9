-- Whether any account is disabled, and which: what counts, leaves out their posts.
create index accounts_disabled on identity.accounts (id) where disabled_at is not null;
create view identity.disabled_accounts as
select a.id from identity.accounts a where a.disabled_at is not null;
