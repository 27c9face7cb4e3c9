-- What accounts need beside a password: proofs of a mailbox, back-off of guesses, a queue for hashing, resets, second factors,
-- passkeys, and the networks that an account is known to come from.

-- One code per account and purpose. `verify` proves the address that an account was registered with, `change` a new one.
create table identity.email_codes (
    account_id      uuid not null references identity.accounts (id) on delete cascade,
    purpose         text not null check (purpose in ('verify', 'change')),
    -- Where the code was sent, so what it proves.
    email           text not null,
    -- HMAC-SHA256 under the variable `otp_key`; null when there is no code to compare with.
    code_hash       bytea,
    expires_at      timestamptz not null,
    -- The network that asked for it.
    network         text not null,
    -- Whether the proof confirms the account's password as it is. If not, all that was set up before the proof goes, and
    -- `password_hash` and the name, of the registration that the code belongs to, take its place.
    keeps_password  boolean not null,
    password_hash   text,
    username        text,
    username_key    text,
    -- Two parties claim the mailbox: until then no code confirms anybody's password.
    contested_until timestamptz,
    -- Within an hour, counted before they are compared.
    attempts        int not null default 0,
    attempts_since  timestamptz not null,
    sends           int not null default 0,
    sends_since     timestamptz not null,
    sent_at         timestamptz not null,
    primary key (account_id, purpose)
);

-- Wrong passwords and codes, counted by login name as typed, whether anybody has it or not, by network, and by both.
create table identity.login_failures (
    -- SHA-256 of what is counted (identity.failure_key).
    key             bytea primary key,
    failures        int not null,
    last_failure_at timestamptz not null,
    blocked_until   timestamptz not null
);
create index login_failures_time on identity.login_failures (last_failure_at);

-- Where an account has signed in from. A network that is known is not stopped by what strangers do.
create table identity.known_networks (
    account_id    uuid not null references identity.accounts (id) on delete cascade,
    network       text not null,
    last_login_at timestamptz not null,
    primary key (account_id, network)
);

-- Who waits for a place for hashing, in the order of arrival. Lives for seconds: a crash may lose it.
create unlogged table identity.hash_queue (
    ticket  bigint generated always as identity primary key,
    holder  uuid not null,
    seen_at timestamptz not null,
    constraint hash_queue_holder_key unique (holder)
);

create table identity.password_resets (
    -- SHA-256 of the token, which is nowhere.
    hash       bytea primary key,
    account_id uuid not null references identity.accounts (id) on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index password_resets_account on identity.password_resets (account_id);
create index password_resets_expiry on identity.password_resets (expires_at);

-- A login that has proved the first factor and owes the second.
create table identity.mfa_challenges (
    -- SHA-256 of the token, which is nowhere.
    hash       bytea primary key,
    account_id uuid not null references identity.accounts (id) on delete cascade,
    amr        text[] not null,
    attempts   int not null default 0,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index mfa_challenges_account on identity.mfa_challenges (account_id);
create index mfa_challenges_expiry on identity.mfa_challenges (expires_at);

create table identity.totp_factors (
    account_id   uuid primary key references identity.accounts (id) on delete cascade,
    id           uuid not null,
    -- The seed in an envelope bound to purpose `totp-seed`, the account, and `id`.
    sealed       text not null,
    -- A code is good once: its step must be above this one (RFC 6238 section 5.2).
    last_step    int8 not null default 0,
    created_at   timestamptz not null,
    confirmed_at timestamptz
);

create table identity.recovery_codes (
    account_id uuid not null references identity.accounts (id) on delete cascade,
    -- SHA-256 of 120 random bits.
    hash       bytea not null,
    used_at    timestamptz,
    primary key (account_id, hash)
);

create table identity.passkeys (
    id            uuid primary key,
    account_id    uuid not null references identity.accounts (id) on delete cascade,
    credential_id bytea not null,
    -- COSE key (RFC 9052), as the authenticator gave it.
    public_key    bytea not null,
    name          text not null,
    -- 0 from authenticators that don't count.
    sign_count    int8 not null,
    transports    text[] not null,
    backed_up     boolean not null,
    created_at    timestamptz not null,
    last_used_at  timestamptz,
    constraint passkeys_credential_id_key unique (credential_id)
);
create index passkeys_account on identity.passkeys (account_id, id);

-- A challenge that was given out, good once.
create table identity.passkey_ceremonies (
    id         uuid primary key,
    kind       text not null check (kind in ('register', 'login')),
    challenge  bytea not null,
    -- Whose passkey is made, or whose second factor is owed; null where the passkey itself tells.
    account_id uuid references identity.accounts (id) on delete cascade,
    -- The login that owes the second factor.
    mfa_hash   bytea,
    expires_at timestamptz not null
);
create index passkey_ceremonies_account on identity.passkey_ceremonies (account_id);
create index passkey_ceremonies_expiry on identity.passkey_ceremonies (expires_at);

-- A key is published before it signs, for longer than anybody may keep the key set.
alter table identity.signing_keys add column signs_from timestamptz;
update identity.signing_keys set signs_from = created_at;
alter table identity.signing_keys alter column signs_from set not null;

create index held_usernames_time on identity.held_usernames (held_until);
create index sessions_ended on identity.sessions (ended_at) where ended_at is not null;
create index sessions_expiry on identity.sessions (expires_at);

-- They come back with other parameters.
drop function if exists identity.lease_hash_slot(int, uuid);
drop function if exists identity.begin_login(text, text, int, uuid);
drop function if exists identity.register(jsonb, uuid, text, text, text, text, uuid, int);
drop function if exists identity.refuse_login(jsonb, uuid, uuid, int);
drop function if exists identity.open_session(jsonb, uuid, uuid, bytea, uuid, text[], uuid, int);
