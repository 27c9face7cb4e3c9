//! What keys, pairs and orders are. No I/O.

mod amount;
mod bot;
mod entered;
mod key;
mod label;
mod lane;
mod order;
mod pair;
pub mod paper;
mod ticker;

pub use amount::{Amount, AmountError};
pub use bot::{Bot, BotDay, BotPosition, BotState, Risk};
pub use entered::{Entered, EnteredError};
pub use key::{Exchange, Key, KeyStatus, Mode, Tier, VerifiedBy};
pub use label::{Label, LabelError};
pub use lane::Lane;
pub use order::{Fill, Order, OrderEvent, OrderHistory, OrderMode, OrderState, OrderType, Side};
pub use pair::{Pair, Pairs};
pub use ticker::Ticker;
