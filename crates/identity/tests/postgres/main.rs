//! Identity on a real server: what is one statement must stay right when it is run twenty times at once.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod account_life;
mod accounts;
mod api_keys;
mod application;
mod authenticator;
mod back_off;
mod conduit;
mod database;
mod endpoints;
mod functions;
mod gone;
mod hash_queue;
mod key_rotation;
mod mailbox;
mod notices;
mod passkeys;
mod passwords;
mod second_factor;
mod security_key;
mod services;
mod sessions;
mod steps;
mod trust;
mod verification;
