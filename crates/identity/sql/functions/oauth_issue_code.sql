-- Lets a client in: a code for a minute, and the grant that it stands for. With `consenting` the person has just agreed
-- to the scopes in `details.consent`; without, an earlier consent must cover them. Answers
--   issued,
--   consent_required,
--   over     the request was answered already,
--   refused  the session is over, or the client is gone.
create or replace function identity.oauth_issue_code(
    context jsonb, request bytea, session uuid, client text, code bytea, grant_id uuid, details jsonb,
    consenting boolean) returns jsonb
language plpgsql volatile
as $$
declare
    present identity.sessions;
    wanted  text[] := identity.oauth_text_array(details -> 'consent');
begin
    present := identity.oauth_present_session(session);
    if present.id is null then
        return jsonb_build_object('outcome', 'refused');
    end if;
    perform 1 from identity.oauth_clients c where c.id = client and c.disabled_at is null for share;
    if not found then
        return jsonb_build_object('outcome', 'refused');
    end if;
    if not consenting then
        -- The lock is what taking the consent back queues at: either it finds the grant, or this finds no consent.
        perform 1 from identity.oauth_consents c
        where c.account_id = present.account_id and c.client_id = oauth_issue_code.client and c.scopes @> wanted
        for share;
        if not found then
            return jsonb_build_object('outcome', 'consent_required');
        end if;
    end if;
    -- One request, one answer: of two at once the second finds it gone.
    if request is not null then
        delete from identity.oauth_requests r where r.hash = request;
        if not found then
            return jsonb_build_object('outcome', 'over');
        end if;
    end if;
    if consenting then
        perform identity.oauth_consent(context, present.account_id, client, wanted);
    end if;
    perform identity.oauth_open_grant(grant_id, client, present, details);
    insert into identity.oauth_codes (hash, grant_id, redirect_uri, challenge, jkt, expires_at)
    values (code, oauth_issue_code.grant_id, details ->> 'redirect_uri', details ->> 'challenge', details ->> 'jkt',
            platform.now() + interval '60 seconds');
    update identity.sessions s set last_used_at = platform.now() where s.id = present.id;
    perform platform.record(context || jsonb_build_object('actor', present.account_id),
                            'oauth.code_issued', 'oauth_grant', grant_id::text);
    return jsonb_build_object('outcome', 'issued');
end
$$;
