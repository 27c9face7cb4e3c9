//! Orders as their owners see them.

use contracts::exchange::exchange as wire;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// With play money, or with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderMode {
    /// Against the market's prices, with play money. No key is near.
    Paper,
    /// At the exchange.
    Live,
}

impl OrderMode {
    /// As it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Live => "live",
        }
    }
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Base for quote.
    Buy,
    /// Quote for base.
    Sell,
}

impl Side {
    /// As it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

impl From<Side> for wire::Side {
    fn from(side: Side) -> Self {
        match side {
            Side::Buy => Self::Buy,
            Side::Sell => Self::Sell,
        }
    }
}

impl From<wire::Side> for Side {
    fn from(side: wire::Side) -> Self {
        match side {
            wire::Side::Buy => Self::Buy,
            wire::Side::Sell => Self::Sell,
        }
    }
}

/// At which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// At the best price that there is.
    Market,
    /// At `limit_price` or better.
    Limit,
}

impl OrderType {
    /// As it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit => "limit",
        }
    }
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Accepted here; not sent yet.
    Intent,
    /// Sent; no answer yet.
    Submitted,
    /// Sent, and no answer tells what became of it: it is being looked up.
    Unknown,
    /// In the book.
    Open,
    /// In the book, partly carried out.
    PartiallyFilled,
    /// Carried out wholly.
    Filled,
    /// Taken back.
    Canceled,
    /// Refused, here or at the exchange; `reason` says why.
    Rejected,
    /// Sent, and certainly never taken.
    NotPlaced,
    /// Past its end.
    Expired,
}

impl OrderState {
    /// Whether nothing more can happen to it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            Self::Filled | Self::Canceled | Self::Rejected | Self::NotPlaced | Self::Expired
        )
    }
}

/// An order. Amounts are decimal strings: volumes in units of the base asset, prices, costs and fees of the quote asset.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// Its id, also at the exchange.
    pub id: Uuid,
    /// The key that it is placed with; none for paper.
    pub key_id: Option<Uuid>,
    /// The bot that wanted it.
    pub bot_id: Option<Uuid>,
    /// Paper or live.
    pub mode: OrderMode,
    /// The exchange's short name of the pair.
    pub pair: String,
    /// Which way.
    pub side: Side,
    /// At which price.
    pub r#type: OrderType,
    /// How much of the base asset.
    pub volume: String,
    /// The worst price that is accepted.
    pub limit_price: Option<String>,
    /// Refused rather than taking from the book.
    pub post_only: bool,
    /// How far it is.
    pub state: OrderState,
    /// Why it ended as it did.
    pub reason: Option<String>,
    /// The exchange's id of it.
    pub txid: Option<String>,
    /// How much is carried out.
    pub volume_executed: String,
    /// At which price on average.
    pub average_price: Option<String>,
    /// What that cost, without the fee.
    pub cost: String,
    /// The fee.
    pub fee: String,
    /// Whether it is to be taken back.
    pub cancel_requested: bool,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// RFC 3339; none while something may still happen.
    pub finished_at: Option<String>,
    /// Counts changes; part of the ETag.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub version: i64,
}

/// Something that happened to an order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderEvent {
    /// Counts from 1.
    pub seq: i32,
    /// RFC 3339.
    pub at: String,
    /// What happened; mostly the state that it led to.
    pub r#type: String,
    /// Details.
    pub data: serde_json::Value,
}

/// One execution.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fill {
    /// The exchange's id of it.
    pub id: String,
    /// Of this order.
    pub order_id: Uuid,
    /// Paper or live.
    pub mode: OrderMode,
    /// The pair.
    pub pair: String,
    /// Which way.
    pub side: Side,
    /// In units of the quote asset.
    pub price: String,
    /// In units of the base asset.
    pub volume: String,
    /// In units of the quote asset, without the fee.
    pub cost: String,
    /// In units of the quote asset.
    pub fee: String,
    /// Whether the order had rested in the book.
    pub maker: bool,
    /// RFC 3339.
    pub executed_at: String,
}

/// An order with all that happened to it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderHistory {
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// From the intent on.
    pub events: Vec<OrderEvent>,
    /// Executions, oldest first.
    pub fills: Vec<Fill>,
}
