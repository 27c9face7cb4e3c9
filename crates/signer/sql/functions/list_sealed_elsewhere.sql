-- Secrets that another master key than `version` wraps: [{purpose, row, sealed, account}], as the signer bound them. The seeds come by
-- account, `page` of them after the account `after`; before the first page, where it is null, all signing keys. Keys that nobody trusts
-- any more are left to themselves: they open nothing.
create or replace function identity.list_sealed_elsewhere(version int, after text, page int) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select coalesce(jsonb_agg(to_jsonb(s) order by s.account nulls first), '[]')
        from (
            select 'signing-key' as purpose, k.kid as "row", k.sealed, null::uuid as account
            from identity.signing_keys k
            where list_sealed_elsewhere.after is null
              and split_part(k.sealed, '.', 2) <> list_sealed_elsewhere.version::text
              and (k.trusted_until is null or k.trusted_until > platform.now())
            union all
            (select 'totp-seed', t.account_id || '/' || t.id, t.sealed, t.account_id
             from identity.totp_factors t
             where t.account_id > coalesce(list_sealed_elsewhere.after, '00000000-0000-0000-0000-000000000000')::uuid
               and split_part(t.sealed, '.', 2) <> list_sealed_elsewhere.version::text
             order by t.account_id
             limit list_sealed_elsewhere.page)) s);
end
$$;
