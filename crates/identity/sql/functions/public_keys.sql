-- The JWK set that `/oauth2/jwks` publishes (RFC 7517, RFC 8037, RFC 7518). Of an RSA key, `x` is the modulus.
create or replace function identity.public_keys() returns jsonb
language sql stable
as $$
    select jsonb_build_object('keys', coalesce(jsonb_agg(
        jsonb_build_object('alg', k.algorithm, 'use', 'sig', 'kid', k.kid)
        || case k.algorithm
               when 'RS256' then jsonb_build_object('kty', 'RSA', 'n', k.x, 'e', 'AQAB')
               else jsonb_build_object('kty', 'OKP', 'crv', 'Ed25519', 'x', k.x)
           end
        order by k.algorithm, k.created_at desc, k.kid), '[]'))
    from identity.signing_keys k
    where k.trusted_until is null or k.trusted_until > platform.now()
$$;
