-- The RSA key that signs ID tokens: {kid, x, sealed}; null before the first.
create or replace function identity.current_id_token_key() returns jsonb
language sql stable
as $$
    select jsonb_build_object('kid', k.kid, 'x', k.x, 'sealed', k.sealed)
    from identity.signing_keys k
    where k.algorithm = 'RS256' and k.trusted_until is null
$$;
