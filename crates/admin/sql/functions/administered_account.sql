-- An account as administrators see it. No hash, no secret. It comes from several tables, so its version is told from what it says.
create or replace function identity.administered_account(account identity.accounts) returns jsonb
language sql stable
as $$
    select d.document || jsonb_build_object('version', hashtextextended(d.document::text, 0))
    from (
        select jsonb_build_object(
            'id', account.id,
            'email', account.email,
            'username', account.username,
            'email_verified', account.email_verified_at is not null,
            'disabled', account.disabled_at is not null,
            'has_password', account.password_hash is not null,
            'created_at', platform.time_text(account.created_at),
            'updated_at', platform.time_text(account.updated_at),
            'disabled_at', platform.time_text(account.disabled_at),
            'last_seen_at', (
                select platform.time_text(max(s.last_used_at))
                from identity.sessions s
                where s.account_id = account.id and s.ended_at is null),
            'sessions', (
                select count(*)
                from identity.sessions s
                where s.account_id = account.id and s.ended_at is null and s.expires_at > platform.now()))
            || identity.account_access(account.id) as document) d
$$;
