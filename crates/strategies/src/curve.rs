//! The equity curve of a backtest, and the figures that are read from it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// Points that a report shows.
const POINTS: usize = 500;
const SECONDS_OF_A_YEAR: f64 = 31_557_600.0;

/// What all of it was worth at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EquityPoint {
    /// Start of the candle, seconds since the Unix epoch.
    pub at: i64,
    /// In units of the quote asset.
    pub equity: Decimal,
}

/// Of each candle no more is kept than what the figures need.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Curve {
    /// One candle in so many is a point.
    step: usize,
    candles: usize,
    points: Vec<EquityPoint>,
    last: Option<EquityPoint>,
    peak: Decimal,
    /// Largest fall from a peak so far.
    fall: Decimal,
    returns: Returns,
}

impl Curve {
    /// Over so many candles.
    pub(crate) fn new(candles: usize) -> Self {
        Self {
            step: candles.div_ceil(POINTS).max(1),
            candles: 0,
            points: Vec::new(),
            last: None,
            peak: Decimal::ZERO,
            fall: Decimal::ZERO,
            returns: Returns::default(),
        }
    }

    pub(crate) fn push(&mut self, at: i64, equity: Decimal) {
        let point = EquityPoint { at, equity };
        if self.candles.is_multiple_of(self.step) {
            self.points.push(point);
        }
        self.candles += 1;
        self.peak = self.peak.max(equity);
        if self.peak > Decimal::ZERO {
            self.fall = self.fall.max((self.peak - equity) / self.peak);
        }
        if let Some(last) = self.last.replace(point) {
            self.returns.push(last.equity, equity);
        }
    }

    /// Candles so far.
    pub(crate) const fn len(&self) -> usize {
        self.candles
    }

    /// What all of it was worth last.
    pub(crate) fn last(&self) -> Option<Decimal> {
        self.last.map(|point| point.equity)
    }

    /// Largest fall from a peak, as a fraction of the peak.
    pub(crate) fn max_drawdown(&self) -> Decimal {
        self.fall.round_dp(8)
    }

    /// Of the returns from candle to candle, `length` seconds each, scaled to a year.
    pub(crate) fn sharpe(&self, length: i64) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a candle has far fewer than 2^52 seconds"
        )]
        let per_year = SECONDS_OF_A_YEAR / length.max(1) as f64;
        self.returns.ratio().map(|ratio| ratio * per_year.sqrt())
    }

    /// Evenly spread, the last one included.
    pub(crate) fn points(self) -> Vec<EquityPoint> {
        let mut points = self.points;
        if let (Some(last), Some(end)) = (points.last_mut(), self.last)
            && last.at != end.at
        {
            *last = end;
        }
        points
    }
}

/// Mean and variance by Welford's method, which needs no second look at the values. A ratio, not money: floats do.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Returns {
    count: u32,
    mean: f64,
    /// Sum of the squared distances from the mean.
    squares: f64,
}

impl Returns {
    fn push(&mut self, before: Decimal, after: Decimal) {
        let (Some(before), Some(after)) = (before.to_f64(), after.to_f64()) else {
            return;
        };
        if before <= 0.0 {
            return;
        }
        let value = after / before - 1.0;
        self.count += 1;
        let distance = value - self.mean;
        self.mean += distance / f64::from(self.count);
        self.squares += distance * (value - self.mean);
    }

    /// Mean over standard deviation; none where equity never moved.
    fn ratio(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let deviation = (self.squares / f64::from(self.count - 1)).sqrt();
        (deviation > 0.0).then(|| self.mean / deviation)
    }
}
