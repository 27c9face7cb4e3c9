//! The same strategy over past candles. Market orders are carried out at the next candle's opening, with the taker's fee: what a
//! candle shows is known when it is over. Orders that rest are carried out at their own price once a later candle reaches it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalogue::{Params, Run};
use crate::{Action, Candle, OrderView, Placement, Position, Rules, Side, Situation};

/// Points of the equity curve.
const POINTS: usize = 500;

/// What is tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trial {
    /// Which strategy.
    pub strategy: String,
    /// Its parameters.
    pub params: Value,
    /// Rules of the pair.
    pub rules: Rules,
    /// Oldest first, all of the same length.
    pub candles: Vec<Candle>,
    /// What there is to spend, in units of the quote asset.
    pub funds: Decimal,
}

/// One execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Start of the candle, seconds since the Unix epoch.
    pub at: i64,
    /// Which way.
    pub side: Side,
    /// In units of the quote asset.
    pub price: Decimal,
    /// In units of the base asset.
    pub volume: Decimal,
    /// Price times volume.
    pub cost: Decimal,
    /// In units of the quote asset.
    pub fee: Decimal,
    /// Gain of a sale over the average cost of what it sold; none for purchases.
    pub gain: Option<Decimal>,
}

/// What all of it was worth at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EquityPoint {
    /// Start of the candle, seconds since the Unix epoch.
    pub at: i64,
    /// In units of the quote asset.
    pub equity: Decimal,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Candles that were looked at.
    pub candles: usize,
    /// All executions, oldest first.
    pub trades: Vec<Trade>,
    /// At most 500 points, evenly spread, the last one included.
    pub equity: Vec<EquityPoint>,
    /// What all of it is worth in the end.
    pub final_equity: Decimal,
    /// Final equity less the funds.
    pub profit: Decimal,
    /// Gains that were realised.
    pub realized: Decimal,
    /// All fees.
    pub fees: Decimal,
    /// Largest fall from a peak, as a fraction of the peak.
    pub max_drawdown: Decimal,
    /// Of the returns from candle to candle, scaled to a year; none where equity never moved.
    pub sharpe: Option<f64>,
    /// Fraction of sales that gained.
    pub win_rate: Option<Decimal>,
    /// What buying at the beginning and holding would have made.
    pub buy_and_hold: Decimal,
}

/// Runs a trial. The same trial has the same report.
///
/// # Errors
/// What is wrong with the parameters, or with the candles.
pub fn backtest(trial: &Trial) -> Result<Report, String> {
    let params = Params::read(&trial.strategy, &trial.params)
        .map_err(|fault| format!("{}: {}", fault.field, fault.message))?;
    let faults = crate::check(&trial.strategy, &trial.params, &trial.rules);
    if let Some(fault) = faults.first() {
        return Err(format!("{}: {}", fault.field, fault.message));
    }
    let ordered = trial.candles.windows(2).all(|pair| match pair {
        [one, two] => one.start < two.start,
        _ => true,
    });
    if trial.candles.len() < 2 || !ordered {
        return Err("candles: two or more are needed, oldest first".to_owned());
    }
    let mut run = Run::new(&params, &trial.rules);
    let mut book = Book::new(trial);
    for index in 0..trial.candles.len() {
        book.step(&mut run, params.window(), index);
    }
    Ok(book.report())
}

struct Book<'a> {
    trial: &'a Trial,
    situation: Situation,
    length: i64,
    cash: Decimal,
    /// Market orders wait for the next opening.
    waiting: Vec<Placement>,
    slots: std::collections::HashSet<String>,
    trades: Vec<Trade>,
    curve: Vec<EquityPoint>,
    stopped: bool,
    orders: u64,
}

impl<'a> Book<'a> {
    fn new(trial: &'a Trial) -> Self {
        let start = trial.candles.first().map_or(0, |candle| candle.start);
        let length = match trial.candles.as_slice() {
            [one, two, ..] => two.start - one.start,
            _ => 60,
        };
        Self {
            trial,
            length,
            cash: trial.funds,
            waiting: Vec::new(),
            slots: std::collections::HashSet::new(),
            trades: Vec::new(),
            curve: Vec::with_capacity(trial.candles.len()),
            stopped: false,
            orders: 0,
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

    fn step(&mut self, run: &mut Run<'_>, window: usize, index: usize) {
        let Some(candle) = self.trial.candles.get(index).copied() else {
            return;
        };
        for placement in std::mem::take(&mut self.waiting) {
            let fee = self.trial.rules.taker_fee;
            self.execute(&candle, placement.side, placement.volume, candle.open, fee);
        }
        self.match_orders(&candle);
        self.curve.push(EquityPoint {
            at: candle.start,
            equity: self.equity(candle.close),
        });
        if self.stopped {
            return;
        }
        let first = (index + 1).saturating_sub(window);
        let known = self.trial.candles.get(first..=index).unwrap_or_default();
        self.situation.bid = candle.close;
        self.situation.ask = candle.close;
        self.situation.funds = Some(self.cash - self.held());
        self.situation.now = (candle.start + self.length).saturating_mul(1000);
        let decision = run.decide(&self.situation, known);
        self.situation.memory = decision.memory;
        // What has ended was seen by the decision; what ends from here on is kept for the next one.
        self.situation.orders.retain(|order| order.open);
        if !self.slots.insert(decision.slot) {
            return;
        }
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
        let cost = price * placement.volume * (Decimal::ONE + self.trial.rules.maker_fee);
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
                let fee = self.trial.rules.maker_fee;
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
            Side::Buy => volume.min(self.trial.rules.volume_for(self.cash, price, rate)),
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
                Some(cost - fee - share)
            }
        };
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
            * (Decimal::ONE + self.trial.rules.maker_fee)
    }

    fn equity(&self, price: Decimal) -> Decimal {
        self.cash + self.situation.position.base * price
    }

    fn report(self) -> Report {
        let final_equity = self
            .curve
            .last()
            .map_or(self.trial.funds, |point| point.equity);
        let gains: Vec<Decimal> = self.trades.iter().filter_map(|trade| trade.gain).collect();
        let won = gains.iter().filter(|gain| **gain > Decimal::ZERO).count();
        let first = self
            .trial
            .candles
            .first()
            .map_or(Decimal::ONE, |candle| candle.open);
        let last = self
            .trial
            .candles
            .last()
            .map_or(first, |candle| candle.close);
        Report {
            candles: self.trial.candles.len(),
            final_equity,
            profit: final_equity - self.trial.funds,
            realized: gains.iter().sum(),
            fees: self.trades.iter().map(|trade| trade.fee).sum(),
            max_drawdown: max_drawdown(&self.curve),
            sharpe: sharpe(&self.curve, self.length),
            win_rate: (!gains.is_empty())
                .then(|| (Decimal::from(won) / Decimal::from(gains.len())).round_dp(4)),
            buy_and_hold: if first > Decimal::ZERO {
                (self.trial.funds * (last / first - Decimal::ONE)).round_dp(10)
            } else {
                Decimal::ZERO
            },
            equity: thinned(&self.curve),
            trades: self.trades,
        }
    }
}

fn max_drawdown(curve: &[EquityPoint]) -> Decimal {
    let (mut peak, mut worst) = (Decimal::ZERO, Decimal::ZERO);
    for point in curve {
        peak = peak.max(point.equity);
        if peak > Decimal::ZERO {
            worst = worst.max((peak - point.equity) / peak);
        }
    }
    worst.round_dp(8)
}

/// Mean over standard deviation of the returns, times the root of a year's candles. A ratio, not money: floats do.
fn sharpe(curve: &[EquityPoint], length: i64) -> Option<f64> {
    let values: Vec<f64> = curve
        .iter()
        .filter_map(|point| point.equity.to_f64())
        .collect();
    let returns: Vec<f64> = values
        .windows(2)
        .filter_map(|pair| match pair {
            [one, two] if *one > 0.0 => Some(two / one - 1.0),
            _ => None,
        })
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let (count, per_year) = (returns.len() as f64, 31_557_600.0 / length.max(1) as f64);
    if returns.len() < 2 {
        return None;
    }
    let mean = returns.iter().sum::<f64>() / count;
    let variance = returns
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / (count - 1.0);
    let deviation = variance.sqrt();
    (deviation > 0.0).then(|| mean / deviation * per_year.sqrt())
}

fn thinned(curve: &[EquityPoint]) -> Vec<EquityPoint> {
    let step = curve.len().div_ceil(POINTS).max(1);
    let mut points: Vec<EquityPoint> = curve.iter().step_by(step).copied().collect();
    if let (Some(last), Some(end)) = (points.last_mut(), curve.last())
        && last.at != end.at
    {
        *last = *end;
    }
    points
}
