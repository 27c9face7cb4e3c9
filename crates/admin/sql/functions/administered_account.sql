-- An account as administrators see it. No hash, no secret. It comes from several tables, so its versions are told from what it says: that
-- of what administrators change (`version`), which a change names, and that of all the rest (`others`), which changes by itself whenever
-- the owner signs in or refreshes. An administrator who read the account before that must not be refused.
create or replace function identity.administered_account(account identity.accounts) returns jsonb
language sql stable
as $$
    select m.managed || o.others || jsonb_build_object(
        'version', hashtextextended(m.managed::text, 0), 'others', hashtextextended(o.others::text, 0))
    from (
        select jsonb_build_object(
            'disabled', account.disabled_at is not null,
            'disabled_at', platform.time_text(account.disabled_at),
            'has_password', account.password_hash is not null)
            || identity.account_access(account.id) as managed) m
    cross join (
        select jsonb_build_object(
            'id', account.id,
            'email', account.email,
            'username', account.username,
            'email_verified', account.email_verified_at is not null,
            'created_at', platform.time_text(account.created_at),
            'updated_at', platform.time_text(account.updated_at),
            'last_seen_at', (
                select platform.time_text(max(s.last_used_at))
                from identity.sessions s
                where s.account_id = account.id and s.ended_at is null),
            'sessions', (
                select count(*)
                from identity.sessions s
                where s.account_id = account.id and s.ended_at is null and s.expires_at > platform.now())) as others) o
$$;
