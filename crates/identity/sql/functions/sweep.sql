-- Deletes what has nothing left to say: codes, links and challenges that are over, back-off that has ended, names that are held no
-- more, revocations older than any access token, and sessions and API keys that ended 30 days ago. A thousand of each at most: what is left is next
-- time's. Answers how many rows went.
create or replace function identity.sweep() returns jsonb
language plpgsql volatile
as $$
declare
    gone    bigint := 0;
    counted bigint;
begin
    delete from identity.login_failures f where f.key in (
        select l.key from identity.login_failures l
        where l.last_failure_at < platform.now() - interval '1 day' and l.blocked_until < platform.now()
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.hash_queue q where q.ticket in (
        select w.ticket from identity.hash_queue w where w.seen_at < platform.now() - interval '1 minute'
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    -- An hour longer than they are good for: they count how many were sent.
    delete from identity.password_resets r where r.hash in (
        select o.hash from identity.password_resets o where o.expires_at < platform.now() - interval '1 hour'
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.mfa_challenges c where c.hash in (
        select o.hash from identity.mfa_challenges o where o.expires_at < platform.now()
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.passkey_ceremonies c where c.id in (
        select o.id from identity.passkey_ceremonies o where o.expires_at < platform.now()
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.held_usernames h where h.username_key in (
        select o.username_key from identity.held_usernames o where o.held_until < platform.now()
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.revocations r where (r.kind, r.id) in (
        select o.kind, o.id from identity.revocations o where o.revoked_at < platform.now() - interval '1 day'
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.sessions s where s.id in (
        select o.id from identity.sessions o
        where o.ended_at < platform.now() - interval '30 days'
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.sessions s where s.id in (
        select o.id from identity.sessions o
        where o.expires_at < platform.now() - interval '30 days'
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.api_keys k where k.id in (
        select o.id from identity.api_keys o
        where o.revoked_at < platform.now() - interval '30 days'
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.api_keys k where k.id in (
        select o.id from identity.api_keys o
        where o.expires_at < platform.now() - interval '30 days'
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    gone := gone + identity.oauth_sweep();
    return jsonb_build_object('deleted', gone);
end
$$;
