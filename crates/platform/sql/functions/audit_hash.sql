-- The hash of a record at its place in the chain: over the hash before it, the position, and all that the record says. A JSON
-- array, so that no two records are the same text. Times are microseconds, as Postgres keeps them.
create or replace function platform.audit_hash(previous bytea, pos int8, entry platform.audit) returns bytea
language sql immutable parallel safe
as $$
    select sha256(previous || convert_to(jsonb_build_array(
        pos, entry.id, entry.xid::text, entry.seq, (extract(epoch from entry.at) * 1000000)::int8, entry.actor,
        entry.action, entry.target_type, entry.target_id, entry.request_id,
        encode(entry.personal_hash, 'hex'))::text, 'UTF8'))
$$;
