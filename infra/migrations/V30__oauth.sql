-- The authorization server: clients, the requests that they send people with, what people let them do, and the tokens
-- that come of it. Everything that a client holds is stored as its SHA-256.

create table identity.oauth_clients (
    -- Never a UUID, so that no client can have the name of an account: where no person is involved, `sub` is this.
    id                        text primary key check (id ~ '^oc_[0-9a-z]{10,64}$'),
    name                      text not null,
    uri                       text,
    -- Public clients (RFC 6749 section 2.1) have `none`.
    auth_method               text not null
        check (auth_method in ('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none')),
    application_type          text not null check (application_type in ('web', 'native')),
    redirect_uris             text[] not null,
    post_logout_redirect_uris text[] not null,
    grant_types               text[] not null,
    -- The most that it may ask for.
    scopes                    text[] not null,
    -- What it serves itself (RFC 8707): others may ask for tokens for these, and it may introspect them.
    resources                 text[] not null,
    id_token_algorithm        text not null check (id_token_algorithm in ('RS256', 'EdDSA')),
    -- Public keys of `private_key_jwt` (RFC 7517).
    jwks                      jsonb check ((jwks is not null) = (auth_method = 'private_key_jwt')),
    -- Off only for confidential clients, as certification needs it.
    require_pkce              boolean not null check (require_pkce or auth_method <> 'none'),
    require_par               boolean not null,
    dpop_bound                boolean not null,
    -- SHA-256 of the registration access token, for clients that registered themselves (RFC 7591).
    registration_hash         bytea,
    created_at                timestamptz not null,
    updated_at                timestamptz not null,
    disabled_at               timestamptz
);
create index oauth_clients_resources on identity.oauth_clients using gin (resources);

-- Several at a time while one is being replaced.
create table identity.oauth_client_secrets (
    hash       bytea primary key,
    client_id  text not null references identity.oauth_clients (id) on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz
);
create index oauth_client_secrets_client on identity.oauth_client_secrets (client_id);

-- Authorization requests: pushed by clients (RFC 9126), or kept while somebody signs in and decides.
create table identity.oauth_requests (
    hash       bytea primary key,
    client_id  text references identity.oauth_clients (id) on delete cascade,
    parameters jsonb not null,
    -- SHA-256 of the browser's own cookie, from its first visit on: nobody can finish what another began.
    browser    bytea,
    begun_at   timestamptz,
    expires_at timestamptz not null
);
create index oauth_requests_expiry on identity.oauth_requests (expires_at);
create index oauth_requests_client on identity.oauth_requests (client_id);

-- Browsers that are signed in at the authorization server. The session ends as any other does.
create table identity.oauth_browser_sessions (
    hash       bytea primary key,
    session_id uuid not null references identity.sessions (id) on delete cascade,
    constraint oauth_browser_sessions_session_key unique (session_id)
);

create table identity.oauth_consents (
    account_id uuid not null references identity.accounts (id) on delete cascade,
    client_id  text not null references identity.oauth_clients (id) on delete cascade,
    scopes     text[] not null,
    granted_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (account_id, client_id)
);
create index oauth_consents_client on identity.oauth_consents (client_id);

-- What one authorization led to: a family of tokens. What ends it ends them all.
create table identity.oauth_grants (
    id             uuid primary key,
    client_id      text not null references identity.oauth_clients (id) on delete cascade,
    account_id     uuid not null references identity.accounts (id) on delete cascade,
    session_id     uuid references identity.sessions (id) on delete cascade,
    scopes         text[] not null,
    resources      text[] not null,
    -- Single claims that were asked for (OpenID Connect Core section 5.5): {userinfo: [names], id_token: [names]}.
    claims         jsonb not null,
    nonce          text,
    auth_time      timestamptz not null,
    amr            text[] not null,
    acr            text not null,
    -- The key that its refresh tokens are bound to (RFC 9449 section 5).
    jkt            text,
    created_at     timestamptz not null,
    last_used_at   timestamptz not null,
    -- Absolute: no use prolongs it.
    expires_at     timestamptz not null,
    ended_at       timestamptz
);
create index oauth_grants_account on identity.oauth_grants (account_id, client_id) where ended_at is null;
create index oauth_grants_session on identity.oauth_grants (session_id) where ended_at is null;
create index oauth_grants_client on identity.oauth_grants (client_id);
create index oauth_grants_expiry on identity.oauth_grants (expires_at);

create table identity.oauth_codes (
    hash         bytea primary key,
    grant_id     uuid not null references identity.oauth_grants (id) on delete cascade,
    redirect_uri text not null,
    -- S256, base64url (RFC 7636); null for clients that need none.
    challenge    text,
    -- The key that the client announced (RFC 9449 section 10).
    jkt          text,
    expires_at   timestamptz not null,
    used_at      timestamptz,
    constraint oauth_codes_grant_key unique (grant_id)
);

create table identity.oauth_refresh_tokens (
    hash       bytea primary key,
    grant_id   uuid not null references identity.oauth_grants (id) on delete cascade,
    parent     bytea,
    -- What the access token issued with it says: the same answer can be given again.
    issued_at  timestamptz not null,
    jti        uuid not null,
    scopes     text[] not null,
    resources  text[] not null,
    jkt        text,
    used_at    timestamptz,
    successor  bytea
);
create index oauth_refresh_tokens_grant on identity.oauth_refresh_tokens (grant_id);

-- Devices that wait for somebody to let them in (RFC 8628).
create table identity.oauth_device_codes (
    hash         bytea primary key,
    user_code    text not null,
    client_id    text not null references identity.oauth_clients (id) on delete cascade,
    scopes       text[] not null,
    resources    text[] not null,
    jkt          text,
    -- Seconds between two polls, and when the next is welcome.
    poll_every   int not null,
    poll_after   timestamptz not null,
    -- Set by the decision: approved ones have a grant.
    denied_at    timestamptz,
    grant_id     uuid references identity.oauth_grants (id) on delete cascade,
    used_at      timestamptz,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    constraint oauth_device_codes_user_code_key unique (user_code)
);
create index oauth_device_codes_expiry on identity.oauth_device_codes (expires_at);
create index oauth_device_codes_client on identity.oauth_device_codes (client_id);
create index oauth_device_codes_grant on identity.oauth_device_codes (grant_id);

-- Wrong user codes by account: eight letters of twenty can't be guessed in ten attempts.
create table identity.oauth_device_attempts (
    account_id uuid primary key references identity.accounts (id) on delete cascade,
    failures   int not null,
    since      timestamptz not null
);

-- What is good for one use: proofs of possession and client assertions, by the SHA-256 of whose and which.
create table identity.oauth_used_once (
    hash       bytea primary key,
    expires_at timestamptz not null
);
create index oauth_used_once_expiry on identity.oauth_used_once (expires_at);

-- Nonces for proofs of possession (RFC 9449 section 8), one for every two minutes.
create table identity.oauth_dpop_nonces (
    period int8 primary key,
    nonce  text not null
);
