#![doc = include_str!("../README.md")]

mod account;
mod account_reads;
mod cancel;
mod candles;
mod clock;
mod config;
mod control;
mod counter;
mod endpoint;

mod fault;
mod history;
mod journal;
mod key;
mod lockout;
mod market;
mod matching;
mod order;
mod params;
mod place;
mod private;
mod public;
mod reply;
mod server;
mod signature;
mod simulator;
mod state;
mod withdraw;

pub use account::{AccountSpec, IssuedAccount, Tier};
pub use clock::ClockConfig;
pub use config::{Config, ErrorTexts, Fees, LockoutConfig, LockoutScope};
pub use fault::{Fault, FaultKind};
pub use journal::JournalEntry;
pub use key::{IssuedKey, KeyEdit, KeySpec, TRADING};
pub use market::{PairSpec, PriceMove, SystemStatus};
pub use order::OrderRecord;
pub use simulator::{Simulator, SimulatorError};
