-- Accounts, newest first, one more than `page` so that the caller sees whether there are others. `beginning` is that of an
-- address or of a username, or a whole id; `state` is active, unverified or disabled. What narrows most is looked up first,
-- so that no search walks through all accounts.
create or replace function identity.search_accounts(
    beginning text, role text, state text, before uuid, page int8) returns jsonb
language plpgsql stable
as $$
declare
    found uuid[];
    many  boolean := beginning is not null and (
        select count(*) >= 1000
        from (
            select from identity.accounts a
            where a.email collate "C" >= beginning and a.email collate "C" < beginning || chr(1114111)
            limit 1000) b);
begin
    if role is not null and (beginning is null or many) then
        select array_agg(c.account_id) into found
        from (
            select r.account_id
            from identity.account_roles r
            join identity.accounts a on a.id = r.account_id
            where r.role = search_accounts.role and (before is null or r.account_id < before)
              and (beginning is null or starts_with(a.email, beginning) or starts_with(a.username_key, beginning))
              and identity.account_is(a, null, search_accounts.state)
            order by r.account_id desc
            limit page + 1) c;
    elsif many then
        -- What so many begin with is soon met on the way from the newest.
        select array_agg(c.id) into found
        from (
            select a.id
            from identity.accounts a
            where (before is null or a.id < before)
              and (starts_with(a.email, beginning) or starts_with(a.username_key, beginning))
              and identity.account_is(a, null, search_accounts.state)
            order by a.id desc
            limit page + 1) c;
    elsif beginning is not null then
        select array_agg(c.id) into found
        from (
            select n.id
            from (
                select a.id from identity.accounts a
                where a.email collate "C" >= beginning and a.email collate "C" < beginning || chr(1114111)
                union
                select a.id from identity.accounts a
                where a.username_key collate "C" >= beginning and a.username_key collate "C" < beginning || chr(1114111)
                union
                select a.id from identity.accounts a
                where a.id = case when beginning ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then beginning::uuid end
            ) n
            join identity.accounts a on a.id = n.id
            where (before is null or n.id < before)
              and identity.account_is(a, search_accounts.role, search_accounts.state)
            order by n.id desc
            limit page + 1) c;
    elsif state = 'disabled' then
        select array_agg(c.id) into found
        from (
            select a.id
            from identity.accounts a
            where a.disabled_at is not null and (before is null or a.id < before)
            order by a.id desc
            limit page + 1) c;
    else
        select array_agg(c.id) into found
        from (
            select a.id
            from identity.accounts a
            where (before is null or a.id < before) and identity.account_is(a, null, search_accounts.state)
            order by a.id desc
            limit page + 1) c;
    end if;
    return coalesce((
        select jsonb_agg(identity.administered_account(a) order by a.id desc)
        from identity.accounts a
        where a.id = any (found)), '[]');
end
$$;
