//! Who decides: the component `strategies` in Spin, the crate behind it natively.

use kit::{App, Problem};
use serde_json::Value;
use strategies::{Decision, Fault, Paused, Report, Rules, Situation, Strategy, Trial};

/// Decisions without any capability.
pub trait Strategist: Send + Sync + 'static {
    /// All strategies.
    fn catalogue(&self) -> Vec<Strategy>;
    /// What is wrong with the parameters of a strategy.
    fn check(&self, strategy: &str, params: &Value, rules: &Rules) -> Vec<Fault>;
    /// Minutes of the candles that a strategy looks at.
    fn interval(&self, strategy: &str, params: &Value) -> Option<u32>;
    /// What to do now.
    ///
    /// # Errors
    /// A fault of the strategy, in words.
    fn decide(&self, strategy: &str, situation: &Situation) -> Result<Decision, String>;
    /// The strategy over past candles, all of them or the last part.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn backtest(&self, trial: &Trial) -> Result<Report, String>;
    /// The strategy over another part of the past candles; none if it knows no parts, and wants all of them at once.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn backtest_part(&self, trial: &Trial) -> Result<Option<Paused>, String>;
}

/// The one that the service was given.
pub(crate) struct Chosen(pub(crate) Box<dyn Strategist>);

pub(crate) fn chosen(app: &App) -> Result<std::sync::Arc<Chosen>, Problem> {
    app.extension::<Chosen>()
        .ok_or_else(|| Problem::internal("the service was given no strategies"))
}

/// The crate, for native servers and tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Strategist for Native {
    fn catalogue(&self) -> Vec<Strategy> {
        strategies::catalogue()
    }

    fn check(&self, strategy: &str, params: &Value, rules: &Rules) -> Vec<Fault> {
        strategies::check(strategy, params, rules)
    }

    fn interval(&self, strategy: &str, params: &Value) -> Option<u32> {
        strategies::interval(strategy, params)
    }

    fn decide(&self, strategy: &str, situation: &Situation) -> Result<Decision, String> {
        strategies::decide(strategy, situation)
    }

    fn backtest(&self, trial: &Trial) -> Result<Report, String> {
        strategies::backtest(trial)
    }

    fn backtest_part(&self, trial: &Trial) -> Result<Option<Paused>, String> {
        strategies::backtest_part(trial).map(Some)
    }
}
