-- How many wrong codes of devices an account has typed within ten minutes. The row is what parallel guesses queue at, the first ones too.
create or replace function identity.oauth_device_guesses(account uuid) returns int
language sql volatile
as $$
    insert into identity.oauth_device_attempts as t (account_id, failures, since)
    values (oauth_device_guesses.account, 0, platform.now())
    on conflict on constraint oauth_device_attempts_pkey do update
    set failures = case when t.since > platform.now() - interval '10 minutes' then t.failures else 0 end,
        since = case when t.since > platform.now() - interval '10 minutes' then t.since else platform.now() end
    returning t.failures
$$;
