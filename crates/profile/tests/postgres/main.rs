//! Profiles on a real server, through their routes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod follow;
mod hidden_account;
mod onboarding;
mod own_profile;
mod stage;
