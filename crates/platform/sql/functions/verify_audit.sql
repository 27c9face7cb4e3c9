-- Checks `page` places of the chain after `after`, and what stands beside it:
--   {to, last, checked, without_personal, faults: [{position, audit_id, fault}], heads: [{position, hash, jws}]}
-- Faults: `missing` (the record is gone), `changed` (it says something else now), `personal_changed`, `removed` (a seal is
-- gone), `broken` (a seal does not follow the one before), `reordered`, `added` (a record behind the chain's end that was
-- never sealed), `cut` (the chain ends before the place that it says it has reached, or with another hash).
-- Heads are for the caller to have verified: only `signer` can.
create or replace function platform.verify_audit(after int8, page int8) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
    chain  platform.audit_chain;
    answer jsonb;
    last   int8;
    till   int8;
begin
    select c.* into chain from platform.audit_chain c;
    select coalesce(max(s.position), 0) into last from platform.audit_seals s;
    till := least(verify_audit.after + page, greatest(last, chain.position));

    with places as (
        -- From one earlier, so that the first has something to follow.
        select s.position, s.audit_id, s.previous, s.hash,
               lag(s.position) over (order by s.position) as position_before,
               lag(s.hash) over (order by s.position) as hash_before
        from platform.audit_seals s
        where s.position between verify_audit.after and till
    ), checked as (
        select p.*, a.id as found, a.xid, a.seq,
               a.id is not null and p.hash is distinct from platform.audit_hash(p.previous, p.position, a) as changed,
               (lag(a.xid) over (order by p.position), lag(a.seq) over (order by p.position)) > (a.xid, a.seq) as reordered,
               b.audit_id is null as without_personal,
               a.personal_hash is distinct from sha256(b.salt || convert_to(b.personal::text, 'UTF8')) as personal_changed
        from places p
        left join platform.audit a on a.id = p.audit_id
        left join platform.audit_personal b on b.audit_id = p.audit_id
    ), faults as (
        select c.position, c.audit_id, f.fault
        from checked c
        cross join lateral (values
            ('removed', c.position > 1 and c.position_before is distinct from c.position - 1),
            ('missing', c.found is null),
            ('changed', c.changed),
            ('broken', c.previous is distinct from
                       case when c.position = 1 then decode(repeat('00', 32), 'hex') else c.hash_before end
                       and (c.position = 1 or c.position_before = c.position - 1)),
            ('reordered', c.reordered),
            ('personal_changed', c.found is not null and not c.without_personal and c.personal_changed)
        ) f (fault, is_so)
        where c.position > verify_audit.after and f.is_so
        order by c.position
        limit 100
    )
    select jsonb_build_object(
        'checked', (select count(*) from checked c where c.position > verify_audit.after),
        'without_personal', (select count(*) from checked c
                             where c.position > verify_audit.after and c.found is not null and c.without_personal),
        'faults', coalesce((select jsonb_agg(jsonb_build_object(
            'position', f.position, 'audit_id', f.audit_id, 'fault', f.fault) order by f.position) from faults f), '[]'))
    into answer;

    -- What lies before the end of the chain has a seal; and the chain ends where it says.
    if till >= last then
        answer := jsonb_set(answer, '{faults}', (answer -> 'faults')
            || coalesce((
                select jsonb_agg(jsonb_build_object('position', null, 'audit_id', u.id, 'fault', 'added'))
                from (select a.id from platform.audit a
                      where (a.xid, a.seq) <= (chain.xid, chain.seq)
                        and not exists (select 1 from platform.audit_seals s where s.audit_id = a.id)
                      order by a.xid, a.seq
                      limit 100) u), '[]')
            || coalesce((
                select jsonb_build_array(jsonb_build_object('position', chain.position, 'audit_id', null, 'fault', 'cut'))
                where chain.position <> last or (last > 0 and chain.hash is distinct from (
                    select s.hash from platform.audit_seals s where s.position = last))), '[]'));
    end if;
    return answer || jsonb_build_object(
        'to', till,
        'last', greatest(last, chain.position),
        'heads', coalesce((
            select jsonb_agg(jsonb_build_object(
                'position', h.position, 'hash', encode(s.hash, 'hex'), 'jws', h.jws) order by h.position)
            from platform.audit_heads h
            left join platform.audit_seals s on s.position = h.position
            where h.position > verify_audit.after and h.position <= till), '[]'));
end
$$;
