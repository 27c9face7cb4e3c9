-- An access token says which revocation of its account it follows (identity.token_generation), not a second that is to come.
drop function if exists identity.issue_second(uuid, timestamptz);

-- Its parameter `issued_at` is `generation` now.
drop function if exists identity.oauth_access_token_state(text, text, text, int8, text, text);

-- Both take the address that a notice goes to.
drop function if exists platform.notify(jsonb, text, uuid, text, jsonb);
drop function if exists platform.deliver_notification(
    jsonb, text, uuid, text, jsonb, text, text, text, jsonb, text, jsonb);
