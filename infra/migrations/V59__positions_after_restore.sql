-- Positions go on after those that a logical dump brought from another server: `platform.after_restore` says how far this server's
-- transaction ids are behind, by replacing this function.
create function platform.transaction_offset() returns int8
language sql immutable parallel safe
as 'select 0::int8';

create function platform.transaction_id() returns xid8
language sql volatile
as 'select (pg_current_xact_id()::text::int8 + platform.transaction_offset())::text::xid8';

alter table platform.outbox alter column xid set default platform.transaction_id();
alter table platform.audit alter column xid set default platform.transaction_id();
