-- What a person has let a client have; null if nothing.
create or replace function identity.oauth_consented_scopes(account uuid, client text) returns jsonb
language sql stable
as $$
    select to_jsonb(c.scopes)
    from identity.oauth_consents c
    where c.account_id = oauth_consented_scopes.account and c.client_id = oauth_consented_scopes.client
$$;
