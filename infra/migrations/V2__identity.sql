-- Accounts and what they may do, sessions and their refresh tokens, the keys that sign access tokens, revocations.
create schema identity;

create table identity.accounts (
    id                uuid primary key,
    -- Normalised by the domain type `Email`: one mailbox is one text.
    email             text not null,
    -- As its owner writes it, and as it is compared (NFKC, case-folded).
    username          text not null,
    username_key      text not null,
    -- Argon2id in PHC format; null for an account that proves itself otherwise.
    password_hash     text,
    email_verified_at timestamptz,
    disabled_at       timestamptz,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    constraint accounts_email_key unique (email),
    constraint accounts_username_key unique (username_key)
);

-- A registration with somebody's address answers like any other, so the name it asked for must be as taken as if it had
-- been given.
create table identity.held_usernames (
    username_key text primary key,
    held_until   timestamptz not null
);

create table identity.permissions (
    name        text primary key,
    description text not null
);

create table identity.roles (
    name        text primary key,
    description text not null,
    -- Comes with Spindle and can't be removed.
    built_in    boolean not null default false
);

create table identity.role_permissions (
    role       text not null references identity.roles (name) on delete cascade,
    permission text not null references identity.permissions (name),
    primary key (role, permission)
);

create table identity.account_roles (
    account_id uuid not null references identity.accounts (id) on delete cascade,
    role       text not null references identity.roles (name),
    granted_at timestamptz not null,
    primary key (account_id, role)
);
create index account_roles_role on identity.account_roles (role);

-- A session is a family of refresh tokens: what ends it ends them all.
create table identity.sessions (
    id               uuid primary key,
    account_id       uuid not null references identity.accounts (id) on delete cascade,
    -- RFC 8176 methods of the login.
    amr              text[] not null,
    address          text,
    agent            text,
    authenticated_at timestamptz not null,
    last_used_at     timestamptz not null,
    -- Absolute: no use prolongs it.
    expires_at       timestamptz not null,
    ended_at         timestamptz
);
create index sessions_account on identity.sessions (account_id, id desc) where ended_at is null;

create table identity.refresh_tokens (
    -- SHA-256 of the token, which is nowhere.
    hash       bytea primary key,
    session_id uuid not null references identity.sessions (id) on delete cascade,
    parent     bytea,
    -- `iat` and `jti` of the access token issued with it: the same answer can be given again.
    issued_at  timestamptz not null,
    jti        uuid not null,
    used_at    timestamptz,
    successor  bytea
);
create index refresh_tokens_session on identity.refresh_tokens (session_id);

create table identity.signing_keys (
    -- RFC 7638 thumbprint.
    kid           text primary key,
    algorithm     text not null,
    -- Public key, base64url (JWK `x`).
    x             text not null,
    -- Private key in an envelope bound to purpose `signing-key`, owner `spindle`, row `kid`.
    sealed        text not null,
    created_at    timestamptz not null,
    -- Set when another key took over: signs no more, verifies until then.
    trusted_until timestamptz
);
create unique index signing_keys_current on identity.signing_keys (algorithm) where trusted_until is null;

create table identity.api_keys (
    id           uuid primary key,
    account_id   uuid not null references identity.accounts (id) on delete cascade,
    name         text not null,
    -- The first letters, to tell keys apart by.
    prefix       text not null,
    -- SHA-256 of the key, which is nowhere.
    hash         bytea not null,
    scopes       text[] not null,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    constraint api_keys_hash_key unique (hash)
);
create index api_keys_account on identity.api_keys (account_id, id desc) where revoked_at is null;

-- Access tokens that died before their expiry. Rows older than the longest-lived token have nothing left to say.
create table identity.revocations (
    kind       text not null check (kind in ('session', 'subject', 'token')),
    id         text not null,
    revoked_at timestamptz not null,
    primary key (kind, id)
);
create index revocations_time on identity.revocations (revoked_at);

-- How many passwords may be hashed at once, across all instances: the variable `hash_slots` says how many rows count.
create table identity.hash_slots (
    slot         int primary key,
    holder       uuid,
    leased_until timestamptz not null
);
insert into identity.hash_slots (slot, leased_until) select n, '-infinity' from generate_series(1, 64) n;

-- What other services may know of an account.
create view identity.public_accounts as
select a.id, a.username, a.username_key, a.created_at
from identity.accounts a
where a.disabled_at is null;

insert into identity.permissions (name, description) values
    ('posts.moderate', 'Change and remove other people''s posts'),
    ('comments.moderate', 'Approve, reject and remove comments'),
    ('users.read', 'See accounts'),
    ('users.manage', 'Disable accounts and force password resets'),
    ('roles.manage', 'Define roles and grant them'),
    ('clients.manage', 'Register OAuth clients'),
    ('audit.read', 'Read and verify the audit log'),
    ('tasks.manage', 'See and requeue tasks'),
    ('support.manage', 'Work on support tickets'),
    ('keys.rotate', 'Rotate signing and master keys'),
    ('bots.run', 'Run trading bots'),
    ('bots.kill', 'Stop everybody''s bots');

insert into identity.roles (name, description, built_in) values
    ('admin', 'Everything', true),
    ('editor', 'Moderates posts and comments', true),
    ('support', 'Works on support tickets', true),
    ('trader', 'Runs trading bots', true),
    ('user', 'Owns a profile, posts and keys', true);

insert into identity.role_permissions (role, permission)
select 'admin', p.name from identity.permissions p
union all select 'editor', p.name from identity.permissions p where p.name like '%.moderate'
union all values ('support', 'support.manage'), ('support', 'users.read'), ('trader', 'bots.run');
