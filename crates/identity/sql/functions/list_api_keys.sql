-- Live API keys of an account, neither revoked nor expired, newest first, one more than `page` so that the caller sees whether there are others.
create or replace function identity.list_api_keys(account uuid, before uuid, page int8) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(identity.api_key_document(k) order by k.id desc), '[]')
    from (
        select l.*
        from identity.api_keys l
        where l.account_id = list_api_keys.account and l.revoked_at is null
          and (l.expires_at is null or l.expires_at > platform.now())
          and (list_api_keys.before is null or l.id < list_api_keys.before)
        order by l.id desc
        limit list_api_keys.page + 1) k
$$;
