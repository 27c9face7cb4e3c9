-- Offers a first RSA key for ID tokens. Whoever comes second gets the key of whoever came first: {kid, x, sealed}, where
-- `x` is the modulus; the exponent is always 65537.
-- It signs from a minute ago: the transaction of whoever comes second may have begun before that of whoever came first.
create or replace function identity.add_id_token_key(context jsonb, kid text, x text, sealed text) returns jsonb
language plpgsql volatile
as $$
begin
    insert into identity.signing_keys (kid, algorithm, x, sealed, created_at, signs_from)
    values (add_id_token_key.kid, 'RS256', add_id_token_key.x, add_id_token_key.sealed, platform.now(),
            platform.now() - interval '1 minute')
    on conflict do nothing;
    if found then
        perform platform.record(context, 'signing_key.created', 'signing_key', add_id_token_key.kid);
    end if;
    return identity.current_id_token_key();
end
$$;
