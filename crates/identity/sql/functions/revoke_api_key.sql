-- Revokes an API key of an account that still lives: {outcome: revoked|not_found}.
create or replace function identity.revoke_api_key(context jsonb, account uuid, id uuid) returns jsonb
language plpgsql volatile
as $$
begin
    update identity.api_keys k set revoked_at = platform.now()
    where k.id = revoke_api_key.id and k.account_id = revoke_api_key.account and k.revoked_at is null
      and (k.expires_at is null or k.expires_at > platform.now());
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    perform platform.record(context, 'api_key.revoked', 'api_key', revoke_api_key.id::text);
    return jsonb_build_object('outcome', 'revoked');
end
$$;
