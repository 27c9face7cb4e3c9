-- identity.oauth_issue_code looks for the consent itself, so that it can lock it.
drop function if exists identity.oauth_has_consented(uuid, text, text[]);
-- From before: two that were replaced by others of the same name, and an export that nothing calls.
drop function if exists identity.end_access(uuid);
drop function if exists identity.rotate_signing_key(jsonb, text, text, text, int, int);
drop function if exists platform.export_messages(uuid);
