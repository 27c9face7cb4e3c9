-- Secrets that another master key than `version` wraps, some of them: [{purpose, row, sealed}], as the signer bound them. Keys that
-- nobody trusts any more are left to themselves: they open nothing.
create or replace function identity.list_sealed_elsewhere(version int, page int) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(to_jsonb(s)), '[]')
    from (
        select 'signing-key' as purpose, k.kid as "row", k.sealed
        from identity.signing_keys k
        where split_part(k.sealed, '.', 2) <> list_sealed_elsewhere.version::text
          and (k.trusted_until is null or k.trusted_until > platform.now())
        union all
        select 'totp-seed', t.account_id || '/' || t.id, t.sealed
        from identity.totp_factors t
        where split_part(t.sealed, '.', 2) <> list_sealed_elsewhere.version::text
        limit list_sealed_elsewhere.page) s
$$;
