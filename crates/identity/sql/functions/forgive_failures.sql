-- The right password or code: what was counted of this name, here and anywhere, is forgotten. What the network did with other
-- names is not, or whoever has an account could wash it off.
create or replace function identity.forgive_failures(name text, network text) returns void
language sql volatile
as $$
    delete from identity.login_failures f
    where f.key in (
        select k.key
        from identity.login_failures k
        where k.key in (identity.failure_key('pair', forgive_failures.name, forgive_failures.network),
                        identity.failure_key('name', forgive_failures.name, forgive_failures.network))
        order by k.key
        for update)
$$;
