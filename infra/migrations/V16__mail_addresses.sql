-- Where an account is written to: what platform may know of identity's accounts.
create view identity.mail_addresses as
select a.id as user_id, a.email, a.username
from identity.accounts a
where a.disabled_at is null;
