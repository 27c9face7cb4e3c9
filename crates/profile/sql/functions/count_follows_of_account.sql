-- Takes an account off the counts of all whom it follows and who follow it while it is disabled, and puts it back afterwards: a trigger of
-- identity.accounts (V109). What is more than a part is left to the task `count_follows`: nobody waits for hundreds of thousands of rows.
create or replace function profile.count_follows_of_account() returns trigger
language plpgsql
as $$
begin
    -- Whoever follows it now is waited for (profile.set_follow).
    perform pg_advisory_xact_lock(hashtextextended('profile.account:' || new.id, 0));
    insert into profile.hidden_accounts as h (account_id, hidden) values (new.id, new.disabled_at is not null)
    on conflict on constraint hidden_accounts_pkey do update set hidden = excluded.hidden;
    if profile.count_follows_of(new.id) then
        perform platform.enqueue('{}', 'count_follows', new.id || ':' || platform.uuid_v7(), jsonb_build_object('account_id', new.id));
    end if;
    return null;
end
$$;
