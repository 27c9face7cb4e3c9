-- Whether a person has let a client have these scopes.
create or replace function identity.oauth_has_consented(account uuid, client text, scopes text[]) returns boolean
language sql stable
as $$
    select exists (
        select 1 from identity.oauth_consents c
        where c.account_id = oauth_has_consented.account and c.client_id = oauth_has_consented.client
          and c.scopes @> oauth_has_consented.scopes)
$$;
