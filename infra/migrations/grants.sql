-- Applied after every migration. The application's role can neither change the schema nor rewrite history.
grant usage on schema platform, identity, profile, blog, trading to spindle_app;
grant select, insert, update, delete on all tables in schema identity, profile, blog, trading to spindle_app;
grant select, insert, update, delete on platform.tasks, platform.idempotency to spindle_app;
grant select, insert, update, delete on platform.mails, platform.mailbox, platform.notifications,
    platform.notification_preferences, platform.support_tickets, platform.support_messages to spindle_app;
grant select, insert, update, delete on platform.token_buckets to spindle_app;
grant select, insert, update, delete on platform.schedules, platform.consumers, platform.parked_events to spindle_app;
grant select, insert on platform.outbox, platform.audit to spindle_app;
-- The personal part of a record may go, the record may not.
grant select, insert, delete on platform.audit_personal to spindle_app;
revoke update, delete, truncate on platform.outbox, platform.audit from spindle_app;
grant usage on all sequences in schema platform, identity, profile, blog, trading to spindle_app;
grant execute on all functions in schema platform, identity, profile, blog, trading to spindle_app;
-- What happened to an order or a bot is not rewritten either.
revoke update, delete, truncate on trading.order_events, trading.fills, trading.bot_events from spindle_app;
