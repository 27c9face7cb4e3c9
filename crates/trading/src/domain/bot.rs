//! Bots as their owners see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Amount, OrderMode};

/// Whether a bot decides anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BotState {
    /// It does nothing.
    Stopped,
    /// It looks at the market and acts.
    Running,
    /// No entries; exits go on.
    Paused,
    /// Its strategy failed; start it again once that is mended.
    Error,
}

impl BotState {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Error => "error",
        }
    }
}

/// What a bot may risk. Values are in units of the pair's quote asset; what is absent is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Risk {
    /// Most that one order may be worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub max_order_value: Option<Amount>,
    /// Most that the orders of 24 hours may be worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub max_daily_value: Option<Amount>,
    /// Most that may be invested at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub max_exposure: Option<Amount>,
    /// Most orders within an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_orders_per_hour: Option<u32>,
    /// Most orders that are open at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_open_orders: Option<u32>,
    /// Widest spread, hundredths of a percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_spread_bps: Option<u32>,
    /// Farthest that a limit may be from the middle of the market, percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub price_guard_percent: Option<Amount>,
    /// Least volume of the last 24 hours: thin markets are where others set the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub min_volume_24h: Option<Amount>,
    /// Most that may be lost in a day, what is held at its present price included; then the bot stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub max_daily_loss: Option<Amount>,
    /// Most that may be lost from the highest profit; then the bot stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub max_drawdown: Option<Amount>,
}

/// What a bot holds and has earned, by average cost of its fills. Amounts are decimal strings.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BotPosition {
    /// Of the base asset.
    pub base_quantity: String,
    /// What that has cost, fees included.
    pub cost_quote: String,
    /// Gains of sales, less losses.
    pub realized_pnl: String,
    /// All fees.
    pub fees: String,
    /// Executions.
    pub trades: i64,
}

/// A bot.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Bot {
    /// Its id.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// One of the catalogue.
    pub strategy: String,
    /// Parameters of the strategy.
    pub params: serde_json::Value,
    /// The pair that it trades.
    pub pair: String,
    /// With play money, or with a key.
    pub mode: OrderMode,
    /// The key of a live one.
    pub key_id: Option<Uuid>,
    /// What it may risk.
    pub risk: Risk,
    /// Seconds between two looks at the market.
    pub every: i32,
    /// Whether it decides anything.
    pub state: BotState,
    /// Counts its runs.
    pub generation: i64,
    /// RFC 3339.
    pub started_at: Option<String>,
    /// RFC 3339.
    pub last_tick_at: Option<String>,
    /// RFC 3339.
    pub next_tick_at: Option<String>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
    /// `user`, `risk`, `kill`, `key` or `system`.
    pub stopped_by: Option<String>,
    /// Why.
    pub stop_reason: Option<String>,
    /// What it holds and has earned.
    pub position: BotPosition,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// Counts its events; part of the ETag.
    #[serde(skip_serializing)]
    #[schema(ignore)]
    pub version: i64,
}

/// What a bot held and had earned at the end of a day. Amounts are decimal strings; what is not of the base asset is of the quote asset.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BotDay {
    /// The day, in UTC: `2026-11-21`.
    pub day: String,
    /// The last day, until then, on which it saw a price; the rest is as it was at that price.
    pub as_of: String,
    /// What it held, of the base asset.
    pub base_quantity: String,
    /// What that had cost, fees included.
    pub cost_quote: String,
    /// The last price that it saw: what buyers bid, or what its own order was filled at.
    pub price: String,
    /// Gains of all sales until then, less losses, by average cost.
    pub realized_pnl: String,
    /// What it held at that price, less what that had cost.
    pub unrealized_pnl: String,
    /// Both together.
    pub pnl: String,
    /// All fees until then.
    pub fees: String,
    /// All executions until then.
    pub trades: i64,
}
