-- Lets an account do what leaves a row of its own: whoever disables or erases it waits till this is done, or was waited for
-- (profile.count_follows_of_account, profile.erase_account). One that is gone is refused as its credential is, which outlives it by a moment.
create or replace function profile.hold_account(account uuid) returns void
language plpgsql volatile
as $$
begin
    perform pg_advisory_xact_lock_shared(hashtextextended('profile.account:' || account, 0));
    if not exists (select 1 from identity.public_accounts a where a.id = account) then
        raise exception using errcode = 'SP401', message = 'the account is gone';
    end if;
end
$$;
