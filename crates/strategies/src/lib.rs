#![doc = include_str!("../README.md")]

mod backtest;
mod catalogue;
mod cron;
mod dca;
mod decision;
mod grid;
mod rules;
mod situation;
mod sma;

pub use backtest::{EquityPoint, Report, Trade, Trial, backtest};
pub use catalogue::{Fault, Strategy, catalogue, check, decide, interval};
pub use decision::{Action, Decision, Placement, Skip};
pub use rules::Rules;
pub use situation::{Candle, OrderView, Position, Side, Situation};
pub use sma::INTERVALS;
