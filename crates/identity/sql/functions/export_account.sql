-- All that is known of an account's owner: one member for each schema that has a function `export_user(uuid) returns jsonb`. Null
-- when the account is gone.
create or replace function identity.export_account(context jsonb, account uuid) returns jsonb
language plpgsql volatile
as $$
declare
    service text;
    share   jsonb;
    export  jsonb := '{}';
begin
    if not exists (select 1 from identity.accounts a where a.id = export_account.account and a.disabled_at is null) then
        return null;
    end if;
    for service in
        select n.nspname
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where p.proname = 'export_user' and p.pronargs = 1 and p.proargtypes[0] = 'uuid'::regtype
          and n.nspname in ('identity', 'profile', 'blog', 'trading', 'platform')
        order by n.nspname
    loop
        execute format('select %I.export_user($1)', service) into share using export_account.account;
        export := export || jsonb_build_object(service, share);
    end loop;
    perform platform.record(context, 'account.exported', 'account', export_account.account::text);
    return export || jsonb_build_object('exported_at', platform.time_text(platform.now()));
end
$$;
