#![doc = include_str!("../README.md")]

mod backtest;
mod book;
mod catalogue;
mod cron;
mod curve;
mod dca;
mod decision;
mod grid;
mod rules;
mod situation;
mod sma;

pub use backtest::{Part, Paused, Report, Trade, Trial, backtest, backtest_part};
pub use book::Book;
pub use catalogue::{Fault, Strategy, catalogue, check, decide, interval};
pub use curve::EquityPoint;
pub use decision::{Action, Decision, Placement, Skip};
pub use rules::Rules;
pub use situation::{Candle, OrderView, Position, Side, Situation};
pub use sma::INTERVALS;
