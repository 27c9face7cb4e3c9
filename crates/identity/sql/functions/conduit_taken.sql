-- What of a registration somebody has: {"outcome": "taken", email, username}; null where both are free.
create or replace function identity.conduit_taken(email text, username_key text) returns jsonb
language sql stable
as $$
    select jsonb_build_object('outcome', 'taken', 'email', t.email, 'username', t.username)
    from (select exists (select 1 from identity.accounts a where a.email = conduit_taken.email) as email,
                 identity.username_is_taken(conduit_taken.username_key) as username) t
    where t.email or t.username
$$;
