-- Exchange keys: verified, sealed inside the component `kraken`, never readable here.
create schema trading;

create table trading.exchange_keys (
    id                  uuid primary key,
    user_id             uuid not null,
    exchange            text not null check (exchange = 'kraken'),
    label               text not null check (char_length(label) between 1 and 64),
    mode                text not null check (mode in ('read', 'trade')),
    status              text not null
                        check (status in ('active', 'drift', 'invalid', 'expired', 'nonce_conflict', 'locked', 'disconnected')),
    last4               text not null,
    -- HMACs under a key that `kraken` derives; one key, and one account, is connected once: two owners would fight over nonces.
    key_fingerprint     text not null,
    account_fingerprint text,
    -- SHA-256 of the public part: which lane its calls take.
    lane                bytea not null,
    permissions         text[] not null,
    warnings            text[] not null,
    verified_by         text not null check (verified_by in ('info', 'probe')),
    verified_at         timestamptz not null,
    modified_at         timestamptz,
    valid_until         timestamptz,
    ip_allowlist        text[] not null,
    nonce_window        bigint not null,
    sealed_key          text,
    sealed_secret       text,
    checked_at          timestamptz not null,
    problem             text,
    version             bigint not null default 1,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    disconnected_at     timestamptz,
    -- What is disconnected is shredded, and nothing else is.
    check ((disconnected_at is null) = (sealed_secret is not null)),
    check ((sealed_key is null) = (sealed_secret is null)),
    check ((disconnected_at is null) = (status <> 'disconnected'))
);
create unique index exchange_keys_fingerprint on trading.exchange_keys (exchange, key_fingerprint)
    where disconnected_at is null;
create unique index exchange_keys_account on trading.exchange_keys (exchange, account_fingerprint)
    where disconnected_at is null and account_fingerprint is not null;
create index exchange_keys_owner on trading.exchange_keys (user_id, id desc) where disconnected_at is null;
create index exchange_keys_lane on trading.exchange_keys (lane) where disconnected_at is null;

-- One lane a key: who calls the exchange with it right now, and the highest nonce that was given out. Order of arrival
-- matters as much as order of allocation, hence a lease, not only a counter. The last nonce outlives a disconnection, so that
-- the same key can come back. Rows are updated at each call: the free space keeps those updates off the index.
create table trading.key_lanes (
    lane       bytea primary key,
    last_nonce bigint not null,
    holder     uuid,
    leased_until timestamptz not null default '-infinity'
) with (fillfactor = 50);
