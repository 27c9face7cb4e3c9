-- Adds scopes to what a person lets a client do.
create or replace function identity.oauth_consent(context jsonb, account uuid, client text, scopes text[]) returns void
language plpgsql volatile
as $$
begin
    insert into identity.oauth_consents as c (account_id, client_id, scopes, granted_at, updated_at)
    values (oauth_consent.account, oauth_consent.client, oauth_consent.scopes, platform.now(), platform.now())
    on conflict on constraint oauth_consents_pkey do update
    set scopes = (select array_agg(distinct s order by s) from unnest(c.scopes || excluded.scopes) s),
        updated_at = excluded.updated_at;
    perform platform.record(context || jsonb_build_object('actor', account), 'consent.granted', 'oauth_client', client,
                            null, jsonb_build_object('scopes', to_jsonb(oauth_consent.scopes)));
end
$$;
