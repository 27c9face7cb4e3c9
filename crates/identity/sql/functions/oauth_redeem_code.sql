-- Exchanges a code for its grant. `challenge` is what the client's verifier leads to, null without one; `refresh` is the
-- hash of its first refresh token, null if it gets none. Answers
--   redeemed {grant},
--   replayed the code was used before: whatever came of it is dead now (RFC 9700 section 2.1.1, RFC 6749 section 4.1.2),
--   refused  {reason: unknown | expired | client | redirect_uri | verifier | key | resource | over}.
create or replace function identity.oauth_redeem_code(
    context jsonb, code bytea, client text, redirect_uri text, challenge text, jkt text,
    resources text[], refresh bytea, jti uuid) returns jsonb
language plpgsql volatile
as $$
declare
    known   identity.oauth_codes;
    granted identity.oauth_grants;
    reason  text;
    narrow  text[];
begin
    -- The lock on the grant is what parallel redemptions queue at: the second finds the code used. It comes first, as for whoever
    -- deletes an account or a client: its grants go, and their codes with them.
    select g.* into granted
    from identity.oauth_grants g
    where g.id = (select c.grant_id from identity.oauth_codes c where c.hash = code)
    for no key update;
    select c.* into known from identity.oauth_codes c where c.hash = code for update;
    if known.hash is null then
        return jsonb_build_object('outcome', 'refused', 'reason', 'unknown');
    end if;
    if granted.client_id <> client then
        -- Not theirs to use up, nor to kill.
        return jsonb_build_object('outcome', 'refused', 'reason', 'client');
    end if;
    if known.used_at is not null then
        perform identity.oauth_close_grant(granted.id);
        perform platform.record(context || jsonb_build_object('actor', granted.account_id),
                                'oauth.code_replayed', 'oauth_grant', granted.id::text);
        return jsonb_build_object('outcome', 'replayed');
    end if;
    narrow := coalesce(oauth_redeem_code.resources, granted.resources);
    reason := case
        when known.expires_at <= platform.now() then 'expired'
        when not identity.oauth_grant_is_live(granted) then 'over'
        when known.redirect_uri is distinct from oauth_redeem_code.redirect_uri then 'redirect_uri'
        -- Both null: a client that needs no PKCE. A verifier without a challenge is a downgrade (RFC 9700 section 4.8.2).
        when known.challenge is distinct from oauth_redeem_code.challenge then 'verifier'
        when known.jkt is not null and known.jkt is distinct from oauth_redeem_code.jkt then 'key'
        when not narrow <@ granted.resources then 'resource'
    end;
    update identity.oauth_codes c set used_at = platform.now() where c.hash = code;
    if reason is not null then
        perform identity.oauth_close_grant(granted.id);
        return jsonb_build_object('outcome', 'refused', 'reason', reason);
    end if;
    update identity.oauth_grants g
    set last_used_at = platform.now(), jkt = oauth_redeem_code.jkt
    where g.id = granted.id
    returning * into granted;
    if refresh is not null then
        insert into identity.oauth_refresh_tokens (hash, grant_id, issued_at, jti, scopes, resources, jkt)
        values (refresh, granted.id, platform.now(), oauth_redeem_code.jti, granted.scopes, narrow,
                oauth_redeem_code.jkt);
    end if;
    perform platform.record(context || jsonb_build_object('actor', granted.account_id),
                            'oauth.code_redeemed', 'oauth_grant', granted.id::text);
    return jsonb_build_object('outcome', 'redeemed', 'grant', identity.oauth_grant_document(
        granted, platform.now(), oauth_redeem_code.jti, granted.scopes, narrow, oauth_redeem_code.jkt));
end
$$;
