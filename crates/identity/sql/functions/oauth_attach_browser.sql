-- Signs a browser in with a session that was just opened. Its cookie before is worth nothing from now on: if it was the same
-- person's, what clients hold by that session goes on by this one; if it was somebody else's, that ends. Answers
-- {"outcome": "attached"}, or {"outcome": "refused"} if the session is over again.
create or replace function identity.oauth_attach_browser(
    context jsonb, session uuid, cookie bytea, previous bytea) returns jsonb
language plpgsql volatile
as $$
declare
    present identity.sessions;
    former  identity.sessions;
begin
    select s.* into former
    from identity.oauth_browser_sessions b
    join identity.sessions s on s.id = b.session_id
    where b.hash = previous and s.ended_at is null
    for no key update of s;
    select s.* into present from identity.sessions s
    where s.id = session and s.ended_at is null and s.expires_at > platform.now()
    for no key update;
    if present.id is null then
        return jsonb_build_object('outcome', 'refused');
    end if;
    if former.id is not null then
        if former.account_id = present.account_id then
            update identity.oauth_grants g set session_id = present.id
            where g.session_id = former.id and g.ended_at is null;
        end if;
        perform identity.close_session(former.id);
    end if;
    insert into identity.oauth_browser_sessions (hash, session_id) values (cookie, present.id);
    return jsonb_build_object('outcome', 'attached');
end
$$;
