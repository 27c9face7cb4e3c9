-- The key of an algorithm that signs: {kid, x, sealed}; null before the first. A key that is published but does not sign yet is none.
create or replace function identity.current_signing_key(algorithm text) returns jsonb
language sql stable
as $$
    select jsonb_build_object('kid', k.kid, 'x', k.x, 'sealed', k.sealed)
    from identity.signing_keys k
    where k.algorithm = current_signing_key.algorithm and k.signs_from <= platform.now()
      and (k.trusted_until is null or k.trusted_until > platform.now())
    order by k.signs_from desc
    limit 1
$$;
