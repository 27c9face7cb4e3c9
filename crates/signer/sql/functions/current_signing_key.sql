-- The key that signs access tokens: {kid, x, sealed}; null before the first.
create or replace function identity.current_signing_key() returns jsonb
language sql stable
as $$
    select jsonb_build_object('kid', k.kid, 'x', k.x, 'sealed', k.sealed)
    from identity.signing_keys k
    where k.algorithm = 'EdDSA' and k.trusted_until is null
$$;
