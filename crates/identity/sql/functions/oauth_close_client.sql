-- Ends all that was given for a client: its grants, and the tokens of its own, which name it as their subject. As for an account
-- (identity.revoke_tokens), each call is a revocation of its own.
create or replace function identity.oauth_close_client(client text) returns void
language plpgsql volatile
as $$
begin
    perform identity.oauth_close_grants(null, client);
    insert into identity.revocations as r (kind, id, revoked_at) values ('subject', client, platform.now())
    on conflict on constraint revocations_pkey do update
    set revoked_at = greatest(excluded.revoked_at, r.revoked_at + interval '1 microsecond');
end
$$;
