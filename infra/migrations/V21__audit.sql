-- The audit log: nobody changes what was recorded, and a chain of hashes shows it if somebody did.

-- Lists are read newest first, and an id (UUIDv7) is the moment it was made at.
drop index platform.audit_target;
drop index platform.audit_actor;
create index audit_target on platform.audit (target_type, target_id, id);
create index audit_actor on platform.audit (actor, id);
create index audit_action on platform.audit (action, id);
create index audit_request on platform.audit (request_id, id) where request_id is not null;

-- Each record's place in the chain, given when it was sealed. Not a foreign key: a record that somebody removed must leave
-- its seal behind.
create table platform.audit_seals (
    position int8 primary key,
    audit_id uuid not null,
    previous bytea not null,
    hash     bytea not null,
    constraint audit_seals_audit_id_key unique (audit_id)
);

-- The end of the chain, and the lock that sealing queues at.
create table platform.audit_chain (
    only_one boolean primary key default true check (only_one),
    position int8 not null,
    hash     bytea not null,
    -- Where in `platform.audit` sealing goes on.
    xid      xid8 not null,
    seq      int8 not null,
    sealed_at timestamptz not null
);
insert into platform.audit_chain (position, hash, xid, seq, sealed_at)
values (0, decode(repeat('00', 32), 'hex'), '0', 0, '-infinity');

-- What `signer` has signed: whoever rewrites the chain up to here cannot sign it again.
create table platform.audit_heads (
    position  int8 primary key,
    hash      bytea not null,
    jws       text not null,
    signed_at timestamptz not null
);

create function platform.refuse_rewriting() returns trigger
language plpgsql
as $$
begin
    raise exception '% is append-only', tg_relid::regclass
        using errcode = 'insufficient_privilege',
              hint = 'What was recorded stays as it was; record a correction.';
end
$$;

-- Grants stop the application's role; these stop the owner's slip of the hand too.
create trigger audit_append_only before update or delete or truncate on platform.audit
    for each statement execute function platform.refuse_rewriting();
create trigger audit_seals_append_only before update or delete or truncate on platform.audit_seals
    for each statement execute function platform.refuse_rewriting();
create trigger audit_heads_append_only before update or delete or truncate on platform.audit_heads
    for each statement execute function platform.refuse_rewriting();
-- The personal part of a record may go, but not change.
create trigger audit_personal_unchanging before update or truncate on platform.audit_personal
    for each statement execute function platform.refuse_rewriting();
