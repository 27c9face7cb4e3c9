-- Chains the records that are not chained yet, at most `page` of them, in the order (xid, seq), up to the oldest transaction
-- that is still running: what commits later comes later, so nothing is skipped. One sealer at a time; the others wait.
-- Answers {sealed, position, hash, head_position}: what was done, the end of the chain, and how far it is signed.
create or replace function platform.seal_audit(page int8) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    chain  platform.audit_chain;
    entry  platform.audit;
    sealed int8 := 0;
    link   bytea;
begin
    select c.* into chain from platform.audit_chain c for update;
    for entry in
        select a.* from platform.audit a
        where (a.xid, a.seq) > (chain.xid, chain.seq) and a.xid < platform.transaction_horizon()
        order by a.xid, a.seq
        limit page
    loop
        sealed := sealed + 1;
        link := platform.audit_hash(chain.hash, chain.position + 1, entry);
        insert into platform.audit_seals (position, audit_id, previous, hash)
        values (chain.position + 1, entry.id, chain.hash, link);
        chain.position := chain.position + 1;
        chain.hash := link;
        chain.xid := entry.xid;
        chain.seq := entry.seq;
    end loop;
    if sealed > 0 then
        update platform.audit_chain c
        set position = chain.position, hash = chain.hash, xid = chain.xid, seq = chain.seq, sealed_at = platform.now();
    end if;
    return jsonb_build_object(
        'sealed', sealed, 'position', chain.position, 'hash', encode(chain.hash, 'hex'),
        'head_position', coalesce((select max(h.position) from platform.audit_heads h), 0));
end
$$;
