-- A client gives a refresh token back: the grant ends (RFC 7009 section 2.1). Another client's stays as it is.
create or replace function identity.oauth_revoke_refresh_token(context jsonb, client text, token bytea) returns jsonb
language plpgsql volatile
as $$
declare
    family identity.oauth_grants;
begin
    select g.* into family
    from identity.oauth_grants g
    where g.id = (select t.grant_id from identity.oauth_refresh_tokens t where t.hash = token)
      and g.client_id = client
    for no key update;
    if family.id is null or not identity.oauth_close_grant(family.id) then
        return jsonb_build_object('outcome', 'nothing');
    end if;
    perform platform.record(context || jsonb_build_object('actor', client),
                            'oauth.grant_revoked', 'oauth_grant', family.id::text);
    return jsonb_build_object('outcome', 'revoked');
end
$$;
