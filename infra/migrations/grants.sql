-- Applied after every migration. The application's role can neither change the schema nor rewrite history.
grant usage on schema platform, identity, profile, blog, trading to spindle_app;
grant select, insert, update, delete on all tables in schema identity, profile, blog, trading to spindle_app;
grant select, insert, update, delete on platform.tasks, platform.idempotency to spindle_app;
grant select on platform.unfinished_tasks, platform.claimed_keys to spindle_app;
grant select, insert, update, delete on platform.mails, platform.mailbox, platform.notifications,
    platform.notification_preferences, platform.support_tickets, platform.support_messages to spindle_app;
grant select, insert, update, delete on platform.token_buckets to spindle_app;
grant select, insert, update, delete on platform.schedules, platform.consumers, platform.parked_events to spindle_app;
grant select, insert on platform.outbox to spindle_app;
revoke update, delete, truncate on platform.outbox from spindle_app;
-- The audit log is written by functions with the owner's rights alone: platform.record, seal_audit, keep_audit_head, erase_personal.
revoke all on platform.audit, platform.audit_personal, platform.audit_seals, platform.audit_chain, platform.audit_heads from spindle_app;
grant select on platform.audit, platform.audit_personal, platform.audit_seals, platform.audit_chain, platform.audit_heads to spindle_app;
grant usage on all sequences in schema platform, identity, profile, blog, trading to spindle_app;
grant execute on all functions in schema platform, identity, profile, blog, trading to spindle_app;
-- What happened to an order or a bot is not rewritten either.
revoke update, delete, truncate on trading.order_events, trading.fills, trading.bot_events from spindle_app;
