//! From our types to those of the contract `spindle:exchange`.

use contracts::exchange::exchange as wire;

use crate::balance::Balance;
use crate::candle::Candle;
use crate::failure::Failure;
use crate::order::{Order, OrderStatus, Side, Trade};
use crate::pair::Pair;
use crate::permission::{Permission, PermissionReview};
use crate::ticker::Ticker;

impl From<PermissionReview> for wire::Refusal {
    fn from(review: PermissionReview) -> Self {
        let names = |permissions: &[Permission]| -> Vec<String> {
            permissions
                .iter()
                .map(|permission| permission.name().to_owned())
                .collect()
        };
        Self {
            forbidden: names(&review.forbidden),
            missing: names(&review.missing),
            advice: review.advice(),
            permissions: [names(&review.held), review.unknown.clone()].concat(),
            verified_by: review.verified_by.name().to_owned(),
            unknown: review.unknown,
        }
    }
}

impl From<Failure> for wire::Failure {
    fn from(failure: Failure) -> Self {
        let text = failure.to_string();
        match failure {
            Failure::Refused(review) => Self::Refused(review.into()),
            Failure::CredentialsInvalid { .. } | Failure::Expired => Self::CredentialsInvalid(text),
            Failure::NonceConflict => Self::NonceConflict(text),
            Failure::LockedOut => Self::LockedOut(text),
            Failure::RateLimited => Self::RateLimited(text),
            Failure::Unreachable { .. } => Self::Unreachable(text),
            Failure::Denied { .. } => Self::Denied(text),
            Failure::UnknownOutcome { .. } => Self::UnknownOutcome(text),
            Failure::Rejected { .. } => Self::Rejected(text),
        }
    }
}

impl From<Balance> for wire::Balance {
    fn from(balance: Balance) -> Self {
        Self {
            total: balance.total.to_string(),
            held: balance.held.to_string(),
            asset: balance.asset,
        }
    }
}

impl From<Ticker> for wire::Ticker {
    fn from(ticker: Ticker) -> Self {
        Self {
            bid: ticker.bid.to_string(),
            ask: ticker.ask.to_string(),
            last: ticker.last.to_string(),
            volume_24h: ticker.volume_24h.to_string(),
            pair: ticker.pair,
        }
    }
}

impl From<Pair> for wire::PairInfo {
    fn from(pair: Pair) -> Self {
        Self {
            key: pair.key,
            altname: pair.altname,
            wsname: pair.wsname,
            base: pair.base,
            quote: pair.quote,
            price_decimals: pair.price_decimals,
            volume_decimals: pair.volume_decimals,
            cost_decimals: pair.cost_decimals,
            order_min: pair.order_min.normalize().to_string(),
            cost_min: pair.cost_min.normalize().to_string(),
            tick_size: pair.tick_size.normalize().to_string(),
            status: pair.status,
            taker_fee: pair.taker_fee.normalize().to_string(),
            maker_fee: pair.maker_fee.normalize().to_string(),
        }
    }
}

impl From<Candle> for wire::Candle {
    fn from(candle: Candle) -> Self {
        Self {
            start: candle.start,
            open: candle.open.to_string(),
            high: candle.high.to_string(),
            low: candle.low.to_string(),
            close: candle.close.to_string(),
            vwap: candle.vwap.to_string(),
            volume: candle.volume.to_string(),
            count: candle.count,
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

impl From<Side> for wire::Side {
    fn from(side: Side) -> Self {
        match side {
            Side::Buy => Self::Buy,
            Side::Sell => Self::Sell,
        }
    }
}

impl From<OrderStatus> for wire::OrderStatus {
    fn from(status: OrderStatus) -> Self {
        match status {
            OrderStatus::Pending => Self::Pending,
            OrderStatus::Open => Self::Open,
            OrderStatus::Closed => Self::Closed,
            OrderStatus::Canceled => Self::Canceled,
            OrderStatus::Expired => Self::Expired,
        }
    }
}

impl From<Order> for wire::ExchangeOrder {
    fn from(order: Order) -> Self {
        Self {
            txid: order.txid,
            client_id: order.client_id,
            status: order.status.into(),
            pair: order.pair,
            side: order.side.into(),
            order_type: order.order_type,
            volume: order.volume.to_string(),
            limit_price: order.limit_price.map(|price| price.to_string()),
            executed: order.executed.to_string(),
            cost: order.cost.to_string(),
            fee: order.fee.to_string(),
            average_price: order.average_price.map(|price| price.to_string()),
            reason: order.reason,
            opened_at: order.opened_at,
            closed_at: order.closed_at,
        }
    }
}

impl From<Trade> for wire::ExchangeTrade {
    fn from(trade: Trade) -> Self {
        Self {
            txid: trade.txid,
            order_txid: trade.order_txid,
            pair: trade.pair,
            side: trade.side.into(),
            order_type: trade.order_type,
            price: trade.price.to_string(),
            volume: trade.volume.to_string(),
            cost: trade.cost.to_string(),
            fee: trade.fee.to_string(),
            maker: trade.maker,
            at: trade.at,
        }
    }
}
