//! The budgets of ARCHITECTURE section 10, held against what was measured.

use std::time::Duration;

use crate::report::{Report, milliseconds};
use crate::rounds::Results;
use crate::scenario::Scenario;

/// One promise.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) what: String,
    pub(crate) wanted: String,
    pub(crate) measured: String,
    /// How far off, in words; none if it is kept.
    pub(crate) missed: Option<String>,
}

impl Budget {
    /// `measured` is to be at least `floor`.
    fn at_least(what: &str, measured: f64, floor: f64) -> Self {
        Self {
            what: what.to_owned(),
            wanted: format!("≥ {floor:.2}×"),
            measured: format!("{measured:.2}×"),
            missed: (measured < floor)
                .then(|| format!("{:.0} % short", (1.0 - measured / floor) * 100.0)),
        }
    }

    /// `measured` is to be at most `ceiling`, both shown by `show`.
    fn at_most(what: String, measured: f64, ceiling: f64, show: impl Fn(f64) -> String) -> Self {
        Self {
            what,
            wanted: format!("≤ {}", show(ceiling)),
            measured: show(measured),
            missed: (measured > ceiling)
                .then(|| format!("{:.0} % over", (measured / ceiling - 1.0) * 100.0)),
        }
    }
}

/// All that this run can decide.
pub(crate) fn all(report: &Report<'_>, components: &[(String, u64)]) -> Vec<Budget> {
    let results = &report.results;
    let mut budgets = Vec::new();
    let mut ratio = |what: &str, scenario, other, floor| {
        if let Some(measured) = results.ratio(scenario, "host", other) {
            budgets.push(Budget::at_least(what, measured, floor));
        }
    };
    ratio("single-row read, host : peer", Scenario::Post, "peer", 3.0);
    ratio("list of 20, host : peer", Scenario::Posts, "peer", 2.0);
    ratio(
        "single-row read, host : native",
        Scenario::Post,
        "native",
        2.0 / 3.0,
    );
    ratio(
        "list of 20, host : native",
        Scenario::Posts,
        "native",
        2.0 / 3.0,
    );
    if let Some(cost) = credential_cost(results) {
        let percent = |cost: f64| format!("{:.0} %", cost * 100.0);
        budgets.push(Budget::at_most(
            "throughput that a credential costs".to_owned(),
            cost,
            0.10,
            percent,
        ));
    }
    let time = |seconds: f64| milliseconds(Duration::from_secs_f64(seconds.max(0.0)));
    if let Some((_, half)) = report.half.iter().find(|(server, _)| *server == "host") {
        let what = "p99 at half of the saturation rate, single post".to_owned();
        budgets.push(Budget::at_most(what, half.p99.as_secs_f64(), 0.030, time));
    }
    if let Some((component, cold)) = report.start.cold.iter().max_by_key(|(_, cold)| cold) {
        let what = format!("cold first request of a component (slowest: {component})");
        budgets.push(Budget::at_most(what, cold.as_secs_f64(), 0.005, time));
    }
    let burst = &report.start.burst;
    budgets.push(Budget {
        what: format!("burst of {} clients on a cold app", burst.clients),
        wanted: "no failure, recovers at once".to_owned(),
        measured: format!(
            "{} failures, all answered in {}, the next in {}",
            burst.failures,
            milliseconds(burst.elapsed),
            milliseconds(burst.after)
        ),
        missed: (burst.failures > 0).then(|| format!("{} clients were refused", burst.failures)),
    });
    if let Some((_, login)) = report
        .login
        .logins
        .iter()
        .find(|(server, _)| *server == "host")
    {
        let factor = login.as_secs_f64() / report.login.hash.as_secs_f64();
        let what = "login one at a time : native Argon2id".to_owned();
        budgets.push(Budget::at_most(what, factor, 1.1, |factor| {
            format!("{factor:.2}×")
        }));
    }
    let bytes = |bytes: f64| format!("{:.1} MB", bytes / 1e6);
    budgets.push(Budget::at_most(
        "idle memory of the app".to_owned(),
        float(report.start.idle_memory),
        100e6,
        bytes,
    ));
    let first = report.start.first_answer.as_secs_f64();
    budgets.push(Budget::at_most(
        "start to first answer, compiled before".to_owned(),
        first,
        1.0,
        time,
    ));
    if let Some((component, size)) = components.first() {
        budgets.push(Budget::at_most(
            format!("largest component ({component})"),
            float(*size),
            2e6,
            bytes,
        ));
    }
    budgets
}

/// The share of its throughput that a read loses when a token comes with it.
pub(crate) fn credential_cost(results: &Results) -> Option<f64> {
    let with = results.median(Scenario::PostWithToken, "host")?.rate;
    let without = results.median(Scenario::Post, "host")?.rate;
    Some((1.0 - with / without).max(0.0))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes of memory are far below 2^52"
)]
fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_budget_says_by_how_much() {
        let kept = Budget::at_least("ratio", 3.0, 3.0);
        assert_eq!(
            (kept.missed.as_deref(), kept.measured.as_str()),
            (None, "3.00×")
        );
        assert_eq!(
            Budget::at_least("ratio", 1.5, 3.0).missed.as_deref(),
            Some("50 % short")
        );
        let show = |value: f64| format!("{value} s");
        assert_eq!(
            Budget::at_most("time".to_owned(), 1.0, 1.0, show).missed,
            None
        );
        let late = Budget::at_most("time".to_owned(), 1.5, 1.0, show);
        assert_eq!(
            (late.missed.as_deref(), late.wanted.as_str()),
            (Some("50 % over"), "≤ 1 s")
        );
    }
}
