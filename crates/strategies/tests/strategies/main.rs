//! What every strategy keeps to, on fixed candles and on many random ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

mod backtest;
mod cron;
mod dca;
mod grid;
mod parameters;
mod sma;
mod trial;
