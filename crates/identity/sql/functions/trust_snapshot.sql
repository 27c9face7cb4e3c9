-- All that is needed to verify access tokens. Revocations older than the longest life of a token (five minutes, and
-- clocks that differ) have nothing left to revoke. Kinds are spelled as the contract's Rust names: `contracts` reads this.
create or replace function identity.trust_snapshot(issuer text) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'issuer', trust_snapshot.issuer,
        'audience', 'spindle',
        'keys', coalesce((
            select jsonb_agg(jsonb_build_object('kid', k.kid, 'x', k.x) order by k.kid)
            from identity.signing_keys k
            where k.algorithm = 'EdDSA' and (k.trusted_until is null or k.trusted_until > platform.now())), '[]'),
        'revocations', coalesce((
            select jsonb_agg(jsonb_build_object(
                'kind', initcap(r.kind), 'id', r.id, 'generation', (extract(epoch from r.revoked_at) * 1000000)::int8)
                order by r.kind, r.id)
            from identity.revocations r
            where r.revoked_at > platform.now() - interval '6 minutes'), '[]'))
$$;
