-- A key that has signed, current or not: {kid, x, sealed}.
create or replace function identity.signing_key(kid text) returns jsonb
language sql stable
as $$
    select jsonb_build_object('kid', k.kid, 'x', k.x, 'sealed', k.sealed)
    from identity.signing_keys k
    where k.kid = signing_key.kid and k.algorithm = 'EdDSA'
$$;
