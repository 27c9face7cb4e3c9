//! Prometheus' text format, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Each metric and what it is. All are gauges: a count of rows can go down.
const METRICS: &[(&str, &str)] = &[
    (
        "spindle_audit_unsealed_rows",
        "Audit records that the chain does not cover yet",
    ),
    ("spindle_bots", "Bots by state and mode"),
    (
        "spindle_bots_stopped_by_risk",
        "Bots that a risk limit, and nobody since, stopped",
    ),
    ("spindle_build_info", "The version that answers; always 1"),
    ("spindle_comments", "Comments not deleted, by state"),
    (
        "spindle_database_sessions",
        "Sessions of the application at Postgres, by state",
    ),
    (
        "spindle_database_sessions_limit",
        "Sessions that Postgres allows",
    ),
    ("spindle_exchange_keys", "Connected exchange keys by status"),
    ("spindle_hash_slots", "Leases for hashing passwords"),
    (
        "spindle_login_failures",
        "Refused logins within the last five minutes",
    ),
    (
        "spindle_orders",
        "Orders of the last 24 hours by state and mode",
    ),
    (
        "spindle_orders_unsettled_age_seconds",
        "Age of the oldest order whose fate is not known yet",
    ),
    (
        "spindle_outbox_dead_events",
        "Events that a consumer has given up, and whose keys wait for an operator",
    ),
    (
        "spindle_outbox_lag_events",
        "Events that a consumer has not taken yet",
    ),
    (
        "spindle_outbox_lag_seconds",
        "Age of the oldest event that a consumer has not taken yet",
    ),
    (
        "spindle_outbox_parked_events",
        "Events that a consumer could not take, and those of the same key behind them",
    ),
    ("spindle_posts", "Posts not deleted, by status"),
    (
        "spindle_scrape_duration_seconds",
        "How long reading all this took",
    ),
    ("spindle_sessions", "Sessions that can still be refreshed"),
    ("spindle_tasks", "Tasks by kind and state"),
    (
        "spindle_tasks_oldest_due_age_seconds",
        "How long the task has been due that waits longest",
    ),
    ("spindle_tickets", "Support tickets by state"),
    (
        "spindle_token_buckets",
        "Buckets that limits keep, full ones not yet swept among them",
    ),
    ("spindle_users", "Accounts by state"),
];

/// One value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    name: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Sample {
    pub(crate) fn new(name: &str, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            labels: BTreeMap::new(),
            value,
        }
    }

    pub(crate) fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// All samples, each metric's together and each series once.
#[derive(Default)]
pub(crate) struct Exposition(BTreeMap<String, BTreeMap<BTreeMap<String, String>, f64>>);

impl Exposition {
    pub(crate) fn add(&mut self, samples: impl IntoIterator<Item = Sample>) {
        for sample in samples {
            self.0
                .entry(sample.name)
                .or_default()
                .insert(sample.labels, sample.value);
        }
    }
}

impl fmt::Display for Exposition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, series) in &self.0 {
            // What nobody described is nobody's metric.
            let Some((_, help)) = METRICS.iter().find(|(known, _)| known == name) else {
                continue;
            };
            writeln!(out, "# HELP {name} {help}.")?;
            writeln!(out, "# TYPE {name} gauge")?;
            for (labels, value) in series {
                write!(out, "{name}")?;
                let mut separator = '{';
                for (label, text) in labels {
                    write!(out, "{separator}{label}=\"{}\"", escaped(text))?;
                    separator = ',';
                }
                let end = if labels.is_empty() { "" } else { "}" };
                writeln!(out, "{end} {value}")?;
            }
        }
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_a_metric_stand_together_under_its_description() {
        let mut exposition = Exposition::default();
        exposition.add([
            Sample::new("spindle_users", 3.0).label("state", "active"),
            Sample::new("spindle_sessions", 2.5),
            Sample::new("spindle_users", 1.0).label("state", "a\"b\\c\nd"),
            Sample::new("spindle_nonsense", 1.0),
        ]);
        assert_eq!(
            exposition.to_string(),
            "# HELP spindle_sessions Sessions that can still be refreshed.\n\
             # TYPE spindle_sessions gauge\n\
             spindle_sessions 2.5\n\
             # HELP spindle_users Accounts by state.\n\
             # TYPE spindle_users gauge\n\
             spindle_users{state=\"a\\\"b\\\\c\\nd\"} 1\n\
             spindle_users{state=\"active\"} 3\n"
        );
    }

    #[test]
    fn what_monitoring_documents_is_what_is_described_here() {
        let page = include_str!("../../../infra/monitoring/README.md");
        for (name, _) in METRICS {
            assert!(
                page.contains(&format!("| `{name}` |")),
                "{name} is not documented"
            );
        }
        assert!(
            METRICS.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "sorted"
        );
    }
}
