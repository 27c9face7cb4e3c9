-- The RSA key that signs ID tokens: {kid, x, sealed}; null before the first. A key that is published but does not
-- sign yet is none.
create or replace function identity.current_id_token_key() returns jsonb
language sql stable
as $$
    select jsonb_build_object('kid', k.kid, 'x', k.x, 'sealed', k.sealed)
    from identity.signing_keys k
    where k.algorithm = 'RS256' and k.signs_from <= platform.now()
      and (k.trusted_until is null or k.trusted_until > platform.now())
    order by k.signs_from desc
    limit 1
$$;
