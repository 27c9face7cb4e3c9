-- Secrets that another master key than `version` wraps, some of them: [{purpose, owner, row, sealed}].
create or replace function identity.list_sealed_elsewhere(version int, page int) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(to_jsonb(s)), '[]')
    from (
        select 'signing-key' as purpose, 'spindle' as owner, k.kid as row, k.sealed
        from identity.signing_keys k
        where split_part(k.sealed, '.', 2) <> list_sealed_elsewhere.version::text
        union all
        select 'totp-seed', t.account_id::text, t.id::text, t.sealed
        from identity.totp_factors t
        where split_part(t.sealed, '.', 2) <> list_sealed_elsewhere.version::text
        limit list_sealed_elsewhere.page) s
$$;
