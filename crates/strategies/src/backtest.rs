//! The same strategy over past candles. Market orders are carried out at the next candle's opening, with the taker's fee: what a
//! candle shows is known when it is over. Orders that rest are carried out at their own price once a later candle reaches it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalogue::{Params, Run};
use crate::{Book, Candle, EquityPoint, Rules, Side};

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
    /// Which of the candles these are; none: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// A trial in several parts, so that whoever asks for it learns in between how far it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// As the part before has left it; none: this is the first.
    pub book: Option<Book>,
    /// Candles of all parts.
    pub of: usize,
    /// Whether another part follows.
    pub more: bool,
}

/// What a part leaves to the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Paused {
    /// For the next part.
    pub book: Book,
    /// Executions of this part, oldest first.
    pub trades: Vec<Trade>,
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

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Candles that were looked at.
    pub candles: usize,
    /// All executions, oldest first; of a trial in parts, those of its last part. All figures are those of all parts.
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

/// Runs a trial, or the last part of one. The same trial has the same report, in however many parts.
///
/// # Errors
/// What is wrong with the parameters, or with the candles.
pub fn backtest(trial: &Trial) -> Result<Report, String> {
    run(trial).map(Book::report)
}

/// Runs a part of a trial that is not the last.
///
/// # Errors
/// What is wrong with the parameters, or with the candles.
pub fn backtest_part(trial: &Trial) -> Result<Paused, String> {
    run(trial).map(Book::pause)
}

fn run(trial: &Trial) -> Result<Book, String> {
    let params = Params::read(&trial.strategy, &trial.params)
        .map_err(|fault| format!("{}: {}", fault.field, fault.message))?;
    let faults = crate::check(&trial.strategy, &trial.params, &trial.rules);
    if let Some(fault) = faults.first() {
        return Err(format!("{}: {}", fault.field, fault.message));
    }
    let (before, of) = match &trial.part {
        Some(part) => (part.book.clone(), part.of),
        None => (None, trial.candles.len()),
    };
    // What the first decisions of a part look at are candles of the part before.
    let mut candles = before
        .as_ref()
        .map_or_else(Vec::new, |book| book.candles().to_vec());
    let known = candles.len();
    candles.extend_from_slice(&trial.candles);
    let ordered = candles.windows(2).all(|pair| match pair {
        [one, two] => one.start < two.start,
        _ => true,
    });
    if candles.len() < 2 || !ordered {
        return Err("candles: two or more are needed, oldest first".to_owned());
    }
    let mut book = before.unwrap_or_else(|| Book::new(trial, of));
    let mut run = Run::new(&params, &trial.rules, book.memory());
    for index in known..candles.len() {
        let first = (index + 1).saturating_sub(params.window());
        if let Some(seen) = candles.get(first..=index) {
            book.step(&mut run, seen);
        }
    }
    let first = candles.len().saturating_sub(params.window());
    book.keep(run.memory(), candles.split_off(first));
    Ok(book)
}
