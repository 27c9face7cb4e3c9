-- Writes may name the version that they mean.
drop function if exists platform.requeue_task(jsonb, uuid);
drop function if exists platform.cancel_task(jsonb, uuid);
drop function if exists platform.requeue_event(jsonb, text, uuid);
drop function if exists platform.skip_event(jsonb, text, uuid);
drop function if exists identity.oauth_update_client(jsonb, text, jsonb, boolean);
drop function if exists identity.oauth_delete_client(jsonb, text);
drop function if exists identity.oauth_rotate_secret(jsonb, text, bytea, int8);
drop function if exists identity.update_account(jsonb, uuid, uuid, text, text, text, text, bytea);
drop function if exists trading.command_bot(jsonb, uuid, uuid, text);
drop function if exists profile.complete_onboarding(jsonb, uuid);
