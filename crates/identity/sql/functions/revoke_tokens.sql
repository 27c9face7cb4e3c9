-- Ends the access tokens of an account that were issued until now; refreshing gives new ones, which say what is so by then. Each call is a
-- revocation of its own (identity.token_generation), also the second one of one moment: what was issued between the two dies too.
create or replace function identity.revoke_tokens(account uuid) returns void
language sql volatile
as $$
    insert into identity.revocations as r (kind, id, revoked_at)
    values ('subject', revoke_tokens.account::text, platform.now())
    on conflict on constraint revocations_pkey do update
    set revoked_at = greatest(excluded.revoked_at, r.revoked_at + interval '1 microsecond')
$$;
