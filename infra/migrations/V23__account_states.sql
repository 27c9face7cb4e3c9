-- Accounts of each state, newest first; those that are disabled have their index already.
create index accounts_active on identity.accounts (id) where disabled_at is null and email_verified_at is not null;
create index accounts_unverified on identity.accounts (id) where disabled_at is null and email_verified_at is null;
drop function if exists identity.account_is(identity.accounts, text, text);
