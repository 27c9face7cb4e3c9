-- Deletes the personal parts of what a user did and of what was done to their account: {"outcome": "erased", "records": n}.
-- The records stay, with the hash of what is gone. The erasure is a deed itself.
create or replace function platform.erase_personal(context jsonb, user_id uuid) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
    erased int8;
begin
    delete from platform.audit_personal p
    where p.audit_id in (
        select a.id from platform.audit a where a.actor = erase_personal.user_id::text
        union
        select a.id from platform.audit a
        where a.target_type = 'account' and a.target_id = erase_personal.user_id::text
          -- How much an earlier erasure took is nobody's secret.
          and a.action <> 'audit.personal_erased');
    get diagnostics erased = row_count;
    if erased > 0 then
        perform platform.record(context, 'audit.personal_erased', 'account', erase_personal.user_id::text, null,
                                jsonb_build_object('records', erased));
    end if;
    return jsonb_build_object('outcome', 'erased', 'records', erased);
end
$$;
