-- Exchanges a refresh token for its successor, which the caller derived from it. `scopes` and `resources` narrow the access
-- token that comes with it; null takes all. `bound` says whether the key must be the one that the grant is bound to. Answers
--   rotated  {grant, successor}: `successor` is the hash in hex. The same token again within ten seconds, asking for the
--            same while the successor is unused, gets the same answer,
--   reused   the token was used before: the grant is ended, for one of two parties has a stolen copy,
--   mismatch another client, another key, or something else asked for than the first time: nothing has changed,
--   scope, resource  more was asked for than was granted, or no scope of what was asked for is left: nothing has changed,
--   ended    the grant is over,
--   unknown  no such token.
create or replace function identity.oauth_rotate_refresh_token(
    context jsonb, presented bytea, successor bytea, client text, jkt text, bound boolean,
    scopes text[], resources text[], jti uuid) returns jsonb
language plpgsql volatile
as $$
declare
    family  identity.oauth_grants;
    token   identity.oauth_refresh_tokens;
    child   identity.oauth_refresh_tokens;
    allowed text[];
begin
    -- The lock on the grant is what rotations and revocations queue at.
    select g.* into family
    from identity.oauth_grants g
    where g.id = (select t.grant_id from identity.oauth_refresh_tokens t where t.hash = presented)
    for no key update;
    if family.id is null then
        return jsonb_build_object('outcome', 'unknown');
    end if;
    if family.client_id <> client
       or (family.jkt is not null and jkt is null)
       or (bound and family.jkt is distinct from jkt) then
        return jsonb_build_object('outcome', 'mismatch');
    end if;
    if not identity.oauth_grant_is_live(family) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    -- The administrator may have taken scopes away since.
    select array_agg(s.scope order by s.ordinality) into allowed
    from unnest(family.scopes) with ordinality s (scope)
    join identity.oauth_clients c on c.id = client and c.disabled_at is null and s.scope = any (c.scopes);
    if allowed is null then
        return jsonb_build_object('outcome', 'ended');
    end if;
    if oauth_rotate_refresh_token.scopes is not null and not oauth_rotate_refresh_token.scopes <@ family.scopes then
        return jsonb_build_object('outcome', 'scope');
    end if;
    if not coalesce(oauth_rotate_refresh_token.resources, '{}') <@ family.resources then
        return jsonb_build_object('outcome', 'resource');
    end if;
    select coalesce(array_agg(s.scope order by s.ordinality), '{}') into allowed
    from unnest(allowed) with ordinality s (scope)
    where oauth_rotate_refresh_token.scopes is null or s.scope = any (oauth_rotate_refresh_token.scopes);
    if cardinality(allowed) = 0 then
        return jsonb_build_object('outcome', 'scope');
    end if;

    select t.* into token from identity.oauth_refresh_tokens t where t.hash = presented;
    if token.used_at is null then
        update identity.oauth_refresh_tokens t
        set used_at = platform.now(), successor = oauth_rotate_refresh_token.successor
        where t.hash = presented;
        insert into identity.oauth_refresh_tokens (hash, grant_id, parent, issued_at, jti, scopes, resources, jkt)
        values (oauth_rotate_refresh_token.successor, family.id, presented, platform.now(),
                oauth_rotate_refresh_token.jti, allowed,
                coalesce(oauth_rotate_refresh_token.resources, family.resources), oauth_rotate_refresh_token.jkt)
        returning * into child;
        update identity.oauth_grants g set last_used_at = platform.now() where g.id = family.id;
    else
        select t.* into child from identity.oauth_refresh_tokens t where t.hash = token.successor;
        if token.used_at <= platform.now() - interval '10 seconds' or child.used_at is not null then
            perform identity.oauth_close_grant(family.id);
            perform platform.record(context || jsonb_build_object('actor', family.account_id),
                                    'oauth.refresh_token_reused', 'oauth_grant', family.id::text);
            return jsonb_build_object('outcome', 'reused');
        end if;
        if child.scopes is distinct from allowed
           or child.resources is distinct from coalesce(oauth_rotate_refresh_token.resources, family.resources)
           or child.jkt is distinct from oauth_rotate_refresh_token.jkt then
            return jsonb_build_object('outcome', 'mismatch');
        end if;
    end if;
    return jsonb_build_object(
        'outcome', 'rotated',
        'grant', identity.oauth_grant_document(
            family, child.issued_at, child.jti, child.scopes, child.resources, child.jkt),
        'successor', encode(child.hash, 'hex'));
end
$$;
