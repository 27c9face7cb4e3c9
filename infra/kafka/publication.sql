-- What the connector reads: the outbox's new rows. Run once, as the owner, on a server with wal_level = logical.
create publication spindle_outbox for table platform.outbox with (publish = 'insert');
