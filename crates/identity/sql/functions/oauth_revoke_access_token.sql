-- A client gives an access token back, by its `jti`. What it was issued with goes on.
create or replace function identity.oauth_revoke_access_token(context jsonb, client text, jti text) returns jsonb
language plpgsql volatile
as $$
begin
    insert into identity.revocations (kind, id, revoked_at)
    values ('token', oauth_revoke_access_token.jti, platform.now())
    on conflict on constraint revocations_pkey do nothing;
    perform platform.record(context || jsonb_build_object('actor', client),
                            'oauth.token_revoked', 'oauth_client', client);
    return jsonb_build_object('outcome', 'revoked');
end
$$;
