//! The books of a backtest: money, orders and what came of them, from candle to candle.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalogue::Run;
use crate::curve::Curve;
use crate::{
    Action, Candle, OrderView, Paused, Placement, Position, Report, Side, Situation, Trade, Trial,
};

/// Where a trial is. Goes over from one part of it to the next; nobody else needs to know what is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Book {
    situation: Situation,
    /// Seconds of a candle.
    length: i64,
    /// What there was to spend.
    invested: Decimal,
    /// The price at which it began.
    opening: Decimal,
    cash: Decimal,
    /// Market orders wait for the next opening.
    waiting: Vec<Placement>,
    /// The last one that was carried out: slots only ever go forward.
    slot: Option<String>,
    stopped: bool,
    orders: u64,
    realized: Decimal,
    fees: Decimal,
    sales: u32,
    /// Sales that gained.
    won: u32,
    curve: Curve,
    /// The last candles, as many as a decision looks at.
    candles: Vec<Candle>,
    /// Of this part.
    #[serde(skip)]
    trades: Vec<Trade>,
}

impl Book {
    pub(crate) fn new(trial: &Trial, of: usize) -> Self {
        let (start, opening) = trial
            .candles
            .first()
            .map_or((0, Decimal::ONE), |candle| (candle.start, candle.open));
        let length = match trial.candles.as_slice() {
            [one, two, ..] => two.start - one.start,
            _ => 60,
        };
        Self {
            length,
            invested: trial.funds,
            opening,
            cash: trial.funds,
            waiting: Vec::new(),
            slot: None,
            stopped: false,
            orders: 0,
            realized: Decimal::ZERO,
            fees: Decimal::ZERO,
            sales: 0,
            won: 0,
            curve: Curve::new(of),
            candles: Vec::new(),
            trades: Vec::new(),
            situation: Situation {
                params: Value::Null,
                rules: trial.rules,
                bid: Decimal::ZERO,
                ask: Decimal::ZERO,
                candles: Vec::new(),
                position: Position::default(),
                funds: Some(trial.funds),
                orders: Vec::new(),
                memory: Value::Null,
                now: 0,
                started_at: start.saturating_mul(1000),
                generation: 1,
                every: u64::try_from(length).unwrap_or(60),
                manual: false,
                paused: false,
            },
        }
    }

    /// The last candles of the part before.
    pub(crate) fn candles(&self) -> &[Candle] {
        &self.candles
    }

    /// What the strategy kept the last time.
    pub(crate) const fn memory(&self) -> &Value {
        &self.situation.memory
    }

    /// What the next part begins with.
    pub(crate) fn keep(&mut self, memory: Option<Value>, candles: Vec<Candle>) {
        if let Some(memory) = memory {
            self.situation.memory = memory;
        }
        self.candles = candles;
    }

    /// The last of the candles is over; the others are what a decision looks at besides.
    pub(crate) fn step(&mut self, run: &mut Run<'_>, known: &[Candle]) {
        let Some(candle) = known.last().copied() else {
            return;
        };
        for placement in std::mem::take(&mut self.waiting) {
            let fee = self.situation.rules.taker_fee;
            self.execute(&candle, placement.side, placement.volume, candle.open, fee);
        }
        self.match_orders(&candle);
        let equity = self.equity(candle.close);
        self.curve.push(candle.start, equity);
        if self.stopped {
            return;
        }
        self.situation.bid = candle.close;
        self.situation.ask = candle.close;
        self.situation.funds = Some(self.cash - self.held());
        self.situation.now = (candle.start + self.length).saturating_mul(1000);
        let decision = run.decide(&self.situation, known);
        self.situation.memory = decision.memory;
        // What has ended was seen by the decision; what ends from here on is kept for the next one.
        self.situation.orders.retain(|order| order.open);
        if self.slot.as_deref() == Some(decision.slot.as_str()) {
            return;
        }
        self.slot = Some(decision.slot);
        for action in decision.actions {
            match action {
                Action::Cancel(id) => {
                    for order in &mut self.situation.orders {
                        if order.id == id {
                            order.open = false;
                        }
                    }
                }
                Action::Place(placement) => self.place(placement),
            }
        }
        self.stopped = decision.stop.is_some();
    }

    fn place(&mut self, placement: Placement) {
        let Some(price) = placement.price else {
            self.waiting.push(placement);
            return;
        };
        self.orders += 1;
        let cost = price * placement.volume * (Decimal::ONE + self.situation.rules.maker_fee);
        let affordable = match placement.side {
            Side::Buy => self.cash - self.held() >= cost,
            Side::Sell => self.situation.position.base >= placement.volume,
        };
        self.situation.orders.push(OrderView {
            id: self.orders.to_string(),
            tag: placement.tag,
            side: placement.side,
            price: Some(price),
            volume: placement.volume,
            executed: Decimal::ZERO,
            open: affordable,
        });
    }

    fn match_orders(&mut self, candle: &Candle) {
        let mut orders = std::mem::take(&mut self.situation.orders);
        for order in orders.iter_mut().filter(|order| order.open) {
            let Some(price) = order.price else { continue };
            let reached = match order.side {
                Side::Buy => candle.low <= price,
                Side::Sell => candle.high >= price,
            };
            if reached {
                let fee = self.situation.rules.maker_fee;
                self.execute(candle, order.side, order.volume, price, fee);
                order.executed = order.volume;
                order.open = false;
            }
        }
        self.situation.orders = orders;
    }

    /// Never more than there is: a purchase is cut to the cash, a sale to the position.
    fn execute(
        &mut self,
        candle: &Candle,
        side: Side,
        volume: Decimal,
        price: Decimal,
        rate: Decimal,
    ) {
        let volume = match side {
            Side::Buy => volume.min(self.situation.rules.volume_for(self.cash, price, rate)),
            Side::Sell => volume.min(self.situation.position.base),
        };
        if volume <= Decimal::ZERO {
            return;
        }
        let cost = (price * volume).round_dp(10);
        let fee = (cost * rate).round_dp(10);
        let position = &mut self.situation.position;
        let gain = match side {
            Side::Buy => {
                self.cash -= cost + fee;
                position.base += volume;
                position.cost += cost + fee;
                None
            }
            Side::Sell => {
                let share = if volume == position.base {
                    position.cost
                } else {
                    // The product of a large cost and a large volume is more than a decimal holds.
                    position
                        .cost
                        .checked_mul(volume)
                        .map_or_else(
                            || position.cost * (volume / position.base),
                            |product| product / position.base,
                        )
                        .round_dp(12)
                };
                self.cash += cost - fee;
                position.base -= volume;
                position.cost -= share;
                let gain = cost - fee - share;
                self.realized += gain;
                self.sales += 1;
                self.won += u32::from(gain > Decimal::ZERO);
                Some(gain)
            }
        };
        self.fees += fee;
        self.trades.push(Trade {
            at: candle.start,
            side,
            price,
            volume,
            cost,
            fee,
            gain,
        });
    }

    /// Cash that open purchases need.
    fn held(&self) -> Decimal {
        self.situation
            .orders
            .iter()
            .filter(|order| order.open && order.side == Side::Buy)
            .filter_map(|order| Some(order.price? * order.volume))
            .sum::<Decimal>()
            * (Decimal::ONE + self.situation.rules.maker_fee)
    }

    fn equity(&self, price: Decimal) -> Decimal {
        self.cash + self.situation.position.base * price
    }

    pub(crate) fn pause(mut self) -> Paused {
        Paused {
            trades: std::mem::take(&mut self.trades),
            book: self,
        }
    }

    pub(crate) fn report(self) -> Report {
        let final_equity = self.curve.last().unwrap_or(self.invested);
        let closing = self
            .candles
            .last()
            .map_or(self.opening, |candle| candle.close);
        Report {
            candles: self.curve.len(),
            final_equity,
            profit: final_equity - self.invested,
            realized: self.realized,
            fees: self.fees,
            max_drawdown: self.curve.max_drawdown(),
            sharpe: self.curve.sharpe(self.length),
            win_rate: (self.sales > 0)
                .then(|| (Decimal::from(self.won) / Decimal::from(self.sales)).round_dp(4)),
            buy_and_hold: if self.opening > Decimal::ZERO {
                (self.invested * (closing / self.opening - Decimal::ONE)).round_dp(10)
            } else {
                Decimal::ZERO
            },
            equity: self.curve.points(),
            trades: self.trades,
        }
    }
}
