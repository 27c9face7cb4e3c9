-- Ends a grant: its code, its refresh tokens, and its access tokens, whose `sid` it is. False if it was over already.
create or replace function identity.oauth_close_grant(grant_id uuid) returns boolean
language plpgsql volatile
as $$
begin
    update identity.oauth_grants g set ended_at = platform.now()
    where g.id = oauth_close_grant.grant_id and g.ended_at is null;
    if not found then
        return false;
    end if;
    insert into identity.revocations (kind, id, revoked_at)
    values ('session', oauth_close_grant.grant_id::text, platform.now())
    on conflict on constraint revocations_pkey do update set revoked_at = excluded.revoked_at;
    return true;
end
$$;
