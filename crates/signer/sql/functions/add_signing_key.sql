-- Offers a first key of an algorithm. Whoever comes second gets the key of whoever came first: {kid, x, sealed}; of an RSA key, `x` is the
-- modulus, and the exponent is always 65537. It signs at once: nobody can have kept a key set without it.
-- It signs from a minute ago: the transaction of whoever comes second may have begun before that of whoever came first.
create or replace function identity.add_signing_key(context jsonb, algorithm text, kid text, x text, sealed text) returns jsonb
language plpgsql volatile
as $$
begin
    insert into identity.signing_keys (kid, algorithm, x, sealed, created_at, signs_from)
    values (add_signing_key.kid, add_signing_key.algorithm, add_signing_key.x, add_signing_key.sealed, platform.now(),
            platform.now() - interval '1 minute')
    on conflict do nothing;
    if found then
        perform platform.record(context, 'signing_key.created', 'signing_key', add_signing_key.kid);
    end if;
    return identity.current_signing_key(add_signing_key.algorithm);
end
$$;
