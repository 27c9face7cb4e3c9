-- Ends what an account can do with the credentials that it has: sessions, and access tokens issued until now.
create or replace function identity.end_access(account uuid) returns void
language plpgsql volatile
as $$
begin
    perform identity.close_session(s.id)
    from identity.sessions s
    where s.account_id = end_access.account and s.ended_at is null;
    perform identity.revoke_tokens(end_access.account);
end
$$;
