-- Ends the access tokens of an account that were issued until now; refreshing gives new ones, which say what is so by then.
create or replace function identity.revoke_tokens(account uuid) returns void
language sql volatile
as $$
    insert into identity.revocations (kind, id, revoked_at)
    values ('subject', revoke_tokens.account::text, platform.now())
    on conflict on constraint revocations_pkey do update set revoked_at = excluded.revoked_at
$$;
