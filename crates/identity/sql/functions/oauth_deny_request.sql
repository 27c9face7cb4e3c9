-- A person does not let a client in: the kept request is over. Answers {"outcome": "denied"}, or {"outcome": "over"} if it was already.
create or replace function identity.oauth_deny_request(context jsonb, request bytea, account uuid) returns jsonb
language plpgsql volatile
as $$
declare
    denied identity.oauth_requests;
begin
    delete from identity.oauth_requests r where r.hash = oauth_deny_request.request
    returning r.* into denied;
    if denied.hash is null then
        return jsonb_build_object('outcome', 'over');
    end if;
    perform platform.record(context || jsonb_build_object('actor', oauth_deny_request.account),
                            'oauth.consent_denied', 'oauth_client', denied.client_id);
    return jsonb_build_object('outcome', 'denied');
end
$$;
