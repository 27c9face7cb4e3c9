-- Which accounts are disabled, along `accounts_disabled`: what counts, leaves out their posts.
create view identity.disabled_accounts as
select a.id from identity.accounts a where a.disabled_at is not null;
