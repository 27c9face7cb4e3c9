-- Keeps what `signer` said of a place in the chain: {"outcome": "kept"}; {"outcome": "known"} if the place is signed already, which it is
-- once; {"outcome": "unknown"} if no record has that place with that hash.
create or replace function platform.keep_audit_head(pos int8, head_hash text, jws text) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform 1 from platform.audit_seals s
    where s.position = keep_audit_head.pos and s.hash = decode(keep_audit_head.head_hash, 'hex');
    if not found then
        return jsonb_build_object('outcome', 'unknown');
    end if;
    insert into platform.audit_heads (position, hash, jws, signed_at)
    values (keep_audit_head.pos, decode(keep_audit_head.head_hash, 'hex'), keep_audit_head.jws, platform.now())
    on conflict on constraint audit_heads_pkey do nothing;
    return jsonb_build_object('outcome', case when found then 'kept' else 'known' end);
end
$$;
