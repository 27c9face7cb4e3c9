//! One drain: schedules, tasks and events, until nothing is left or the time is up.

use std::time::Duration;

use futures::future::{join, join_all};
use kit::log::{self, Level};
use kit::{App, id};
use serde_json::json;
use uuid::Uuid;

use super::budget::Budget;
use super::consumer::{self, Taker};
use super::places::Place;
use super::report::{Counts, Report};
use super::sink::{self, Sink};
use super::{complain, parked, store, tasks};
use crate::kinds::Kind;
use crate::subscriptions::Subscription;

/// A lingering drain looks again at least so often.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What a worker works at: the tables, unless a test has others.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) subscriptions: Vec<Subscription>,
}

/// Drains. `place` says when other wakes need a drain of their own.
pub(crate) async fn run(app: &App, work: &Work, place: &Place, budget: Budget) -> Report {
    let mut report = Report::default();
    let sink = outside(app, place, &mut report);
    let mut takers: Vec<(Subscription, Taker<'_>)> = work
        .subscriptions
        .iter()
        .map(|subscription| (*subscription, Taker::Owner(subscription.owner)))
        .collect();
    if let Some(sink) = &sink {
        takers.push((sink::SUBSCRIPTION, Taker::Sink(sink)));
    }
    let holder = id::new();
    loop {
        place.looks();
        report.schedules += schedules(app, place).await;
        let (drained, events) = join(
            tasks::drain(app, &work.kinds, holder, budget),
            events(app, &takers, holder, budget),
        )
        .await;
        report.tasks += drained.counts;
        report.events += events;
        // The one may have made work for the other.
        if drained.counts.total() + events.total() > 0 || place.again() {
            if budget.may_claim() {
                continue;
            }
            return report;
        }
        if !budget.lingers() {
            return report;
        }
        let due = drained
            .next_due_ms
            .and_then(|due| u64::try_from(due).ok())
            .map_or(LOOK_AGAIN, Duration::from_millis);
        kit::clock::sleep(due.clamp(Duration::from_millis(1), LOOK_AGAIN)).await;
    }
}

/// The endpoint outside. One that is not configured rightly gets nothing; everything else goes on.
fn outside(app: &App, place: &Place, report: &mut Report) -> Option<Sink> {
    match Sink::read(app) {
        Ok(sink) => sink,
        Err(problem) => {
            report.outside_misconfigured = true;
            if place.complaint_is_due(app.now_ms()) {
                log::line(
                    Level::Error,
                    "worker",
                    "events wait: the endpoint outside is not configured",
                    json!({"consumer": sink::SUBSCRIPTION.consumer, "cause": problem.cause()}),
                );
            }
            None
        }
    }
}

async fn schedules(app: &App, place: &Place) -> u64 {
    let now = app.now_ms();
    if !place.schedules_are_due(now) {
        return 0;
    }
    match store::fire_schedules(app.db(), now).await {
        Ok(fired) => u64::try_from(fired).unwrap_or(0),
        Err(error) => {
            complain("schedules could not be fired", &error);
            0
        }
    }
}

/// All consumers at once: one that fails or is slow holds up no other.
async fn events(
    app: &App,
    takers: &[(Subscription, Taker<'_>)],
    holder: Uuid,
    budget: Budget,
) -> Counts {
    let subscriptions: Vec<Subscription> = takers.iter().map(|(one, _)| *one).collect();
    if subscriptions.is_empty() {
        return Counts::default();
    }
    let ready = match store::ready_consumers(app.db(), &subscriptions).await {
        Ok(ready) => ready,
        Err(error) => {
            complain("the outbox could not be looked at", &error);
            return Counts::default();
        }
    };
    let reading = join_all(
        takers
            .iter()
            .filter(|(one, _)| ready.consumers.iter().any(|name| name == one.consumer))
            .map(|(subscription, taker)| {
                consumer::drain(app, subscription, *taker, holder, budget)
            }),
    );
    let retrying = async {
        if ready.parked {
            parked::drain(app, takers, holder, budget).await
        } else {
            Counts::default()
        }
    };
    let (read, mut counts) = join(reading, retrying).await;
    for one in read {
        counts += one;
    }
    counts
}
