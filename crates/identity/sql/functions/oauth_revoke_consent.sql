-- Takes back what a person let a client do, with all tokens: {"outcome": "revoked"} or {"outcome": "not_found"}.
create or replace function identity.oauth_revoke_consent(context jsonb, account uuid, client text) returns jsonb
language plpgsql volatile
as $$
begin
    -- The account first, as everywhere.
    perform 1 from identity.accounts a where a.id = account for share;
    delete from identity.oauth_consents c where c.account_id = account and c.client_id = client;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    perform identity.oauth_close_grants(account, client);
    perform platform.record(context, 'consent.revoked', 'oauth_client', client);
    return jsonb_build_object('outcome', 'revoked');
end
$$;
