-- The JWK set that `/oauth2/jwks` publishes (RFC 7517, RFC 8037).
create or replace function identity.public_keys() returns jsonb
language sql stable
as $$
    select jsonb_build_object('keys', coalesce(jsonb_agg(jsonb_build_object(
        'kty', 'OKP', 'crv', 'Ed25519', 'alg', 'EdDSA', 'use', 'sig', 'kid', k.kid, 'x', k.x)
        order by k.created_at desc, k.kid), '[]'))
    from identity.signing_keys k
    where k.algorithm = 'EdDSA' and (k.trusted_until is null or k.trusted_until > platform.now())
$$;
