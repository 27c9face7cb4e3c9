//! The authorization server through its handlers, on a real Postgres and the real signer: each test is a sequence of requests
//! that a client, a browser or an attacker could send. Ids in names and messages are those of the OAuth security demands
//! (RFC 9700, OpenID Connect) that the project keeps as B1 to B27, and R1 to R7 for refresh tokens.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../postgres/authenticator.rs"]
mod authenticator;
mod authorization;
mod browser;
mod client_authentication;
mod clients;
mod code;
#[path = "../postgres/database.rs"]
#[allow(
    dead_code,
    reason = "shared with the tests of accounts, which use all of it"
)]
mod database;
mod device;
mod documents;
mod dpop;
mod end_of_access;
mod factors;
mod id_token;
#[path = "../postgres/mailbox.rs"]
mod mailbox;
mod pages;
mod passkeys;
mod pushed;
mod races;
mod refresh;
mod role_second_factor;
#[path = "../postgres/security_key.rs"]
mod security_key;
#[path = "../postgres/services.rs"]
mod services;
mod sessions;
mod sign_up;
mod stage;
mod tokens_of_clients;
mod userinfo;
