-- Accounts, newest first, one more than `page` so that the caller sees whether there are others. `beginning` is that of an
-- address, or a whole id, and `key` the same as usernames are compared; `state` is active, unverified or disabled. The statement
-- is put together from what is asked for, so that it is planned for that: each condition has an index, and what narrows most is
-- looked up first.
create or replace function identity.search_accounts(
    beginning text, key text, role text, state text, before uuid, page int8) returns jsonb
language plpgsql stable
set enable_seqscan = off
as $$
declare
    ids      uuid[];
    many     boolean := beginning is not null and (
        select count(*) >= 1000
        from (
            select from identity.accounts a
            where a.email collate "C" >= beginning and a.email collate "C" < beginning || chr(1114111)
            limit 1000) b);
    of_state text := case state
        when 'active' then ' and a.disabled_at is null and a.email_verified_at is not null'
        when 'unverified' then ' and a.disabled_at is null and a.email_verified_at is null'
        when 'disabled' then ' and a.disabled_at is not null'
        else '' end;
    source   text;
begin
    source := case
        when beginning is not null and not many then
            '(select n.id from identity.accounts n
              where n.email collate "C" >= $1 and n.email collate "C" < $1 || chr(1114111)
              union
              select n.id from identity.accounts n
              where n.username_key collate "C" >= $5 and n.username_key collate "C" < $5 || chr(1114111)
              union
              select n.id from identity.accounts n
              where n.id = case when $1 ~ ''^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'' then $1::uuid end) f
             join identity.accounts a on a.id = f.id'
        else 'identity.accounts a' end
        || case when role is not null then ' join identity.account_roles r on r.account_id = a.id and r.role = $2' else '' end;
    execute 'select array_agg(c.id) from (select a.id from ' || source || ' where true' || of_state
        -- What so many begin with is soon met on the way from the newest.
        || case when many then ' and (starts_with(a.email, $1) or starts_with(a.username_key, $5))' else '' end
        || case when before is not null then ' and a.id < $3' else '' end
        || ' order by a.id desc limit $4) c'
    into ids
    using beginning, role, before, page + 1, key;
    return coalesce((
        select jsonb_agg(identity.administered_account(a) order by a.id desc)
        from identity.accounts a
        where a.id = any (ids)), '[]');
end
$$;
