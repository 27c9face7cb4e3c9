//! Hands the events of the outbox to one consumer: in order for each key, several keys at once, until nothing is left.

use std::collections::HashMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures::future::{Either, select};
use futures::stream::{self, StreamExt};
use kit::log::{self, Level};
use kit::{App, DbError, event};
use serde_json::{Value, json};
use uuid::Uuid;

use super::budget::Budget;
use super::call::{self, chance};
use super::outcome::{Outcome, Patience};
use super::report::Counts;
use super::sink::{self, Sink};
use super::store::{self, Entry, Parked, Position, Reading};
use crate::subscriptions::Subscription;

/// Events read at once, or one where a worker was lost over them. All of them are handed over before the consumer's position moves.
const BATCH: usize = 100;
/// Keys handed over at once.
const AT_ONCE: usize = 8;
/// How long a consumer may take for an event.
pub(super) const EVENT_LIMIT: Duration = Duration::from_secs(20);
const HEARTBEAT: Duration = Duration::from_secs(10);
/// An event that a running transaction holds back is looked for so often, and so long: writes take milliseconds.
const HELD_BACK_PAUSE: Duration = Duration::from_millis(5);
const HELD_BACK_LIMIT: Duration = Duration::from_secs(2);

/// About half an hour of failures before a key is parked for an operator.
pub(super) const PATIENCE: Patience = Patience {
    max_attempts: 12,
    backoff: Duration::from_secs(1),
    max_backoff: Duration::from_secs(600),
};

/// Who takes the events of a subscription.
#[derive(Clone, Copy)]
pub(super) enum Taker<'a> {
    /// A component of ours.
    Owner(&'a str),
    /// Somebody outside.
    Sink(&'a Sink),
}

/// Hands over what there is.
pub(super) async fn drain(
    app: &App,
    subscription: &Subscription,
    taker: Taker<'_>,
    holder: Uuid,
    budget: Budget,
) -> Counts {
    let mut counts = Counts::default();
    let mut held_back_since: Option<Instant> = None;
    while budget.has_room_for(EVENT_LIMIT) && budget.may_claim() {
        let reading = match store::read_events(app.db(), subscription, holder, BATCH).await {
            Ok(reading) => reading,
            Err(error) => {
                complain(subscription, "events could not be read", &error);
                return counts;
            }
        };
        match reading {
            Reading::Busy | Reading::None { more: false } => return counts,
            Reading::Passed { more } => {
                held_back_since = None;
                if !more {
                    return counts;
                }
            }
            Reading::None { more: true } => {
                if held_back_since.get_or_insert_with(Instant::now).elapsed() > HELD_BACK_LIMIT {
                    return counts;
                }
                kit::clock::sleep(HELD_BACK_PAUSE).await;
            }
            Reading::Events { events, end } => {
                held_back_since = None;
                let handing = pin!(hand_over(app, subscription, taker, events, budget));
                let beating = pin!(keep_lease(app, subscription, holder));
                let handed = match select(handing, beating).await {
                    Either::Left((handed, _)) => handed,
                    // Somebody else reads for this consumer now, or it was told to begin anew.
                    Either::Right(((), _)) => return counts,
                };
                counts += handed.counts;
                let whole = handed.stopped_before.is_none();
                let end = match handed.stopped_before {
                    None => Some(end),
                    Some(_) => handed.last,
                };
                if let Some(end) = end {
                    let advanced = store::advance_consumer(
                        app.db(),
                        subscription.consumer,
                        holder,
                        &end,
                        &handed.parked,
                    );
                    match advanced.await {
                        Ok(true) => {}
                        Ok(false) => return counts,
                        Err(error) => {
                            complain(subscription, "a consumer could not move on", &error);
                            return counts;
                        }
                    }
                }
                if !whole {
                    break;
                }
            }
        }
    }
    // The next worker need not wait for the lease to run out.
    if let Err(error) = store::release_consumer(app.db(), subscription.consumer, holder).await {
        complain(subscription, "a consumer could not be released", &error);
    }
    counts
}

fn complain(subscription: &Subscription, message: &str, error: &DbError) {
    log::line(
        Level::Error,
        "worker",
        message,
        json!({"consumer": subscription.consumer, "cause": error.to_string()}),
    );
}

/// Ends when the lease is lost.
async fn keep_lease(app: &App, subscription: &Subscription, holder: Uuid) {
    loop {
        kit::clock::sleep(HEARTBEAT).await;
        match store::extend_consumer(app.db(), subscription.consumer, holder).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => complain(subscription, "a lease could not be prolonged", &error),
        }
    }
}

/// What became of a batch.
#[derive(Default)]
struct Handed {
    counts: Counts,
    /// What was not taken, in order.
    parked: Vec<Parked>,
    /// Index of the first event that nobody was asked about, for want of time.
    stopped_before: Option<usize>,
    /// Position of the event before that; none if it is the first.
    last: Option<Position>,
}

async fn hand_over(
    app: &App,
    subscription: &Subscription,
    taker: Taker<'_>,
    events: Vec<Entry>,
    budget: Budget,
) -> Handed {
    let positions: Vec<Position> = events.iter().map(|event| event.position.clone()).collect();
    let mut keys: HashMap<String, Vec<(usize, Entry)>> = HashMap::new();
    for (index, event) in events.into_iter().enumerate() {
        keys.entry(event.key.clone())
            .or_default()
            .push((index, event));
    }
    let streams: Vec<Vec<(usize, KeyEnd)>> = stream::iter(keys.into_values())
        .map(|events| key(app, subscription, taker, events, budget))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut ends: Vec<(usize, KeyEnd)> = streams.into_iter().flatten().collect();
    ends.sort_by_key(|(index, _)| *index);
    let mut handed = Handed::default();
    for (index, end) in ends {
        match end {
            // What was taken behind this comes again: at least once.
            KeyEnd::NotAsked => {
                handed.stopped_before = Some(index);
                handed.last = index
                    .checked_sub(1)
                    .and_then(|last| positions.get(last).cloned());
                break;
            }
            KeyEnd::Taken => handed.counts.done += 1,
            KeyEnd::Parked(event) => {
                if let Some(outcome) = &event.outcome {
                    handed.counts.count(outcome);
                }
                handed.parked.push(event);
            }
        }
    }
    handed
}

enum KeyEnd {
    Taken,
    Parked(Parked),
    NotAsked,
}

/// One key's events, one after the other. After one that is not taken, those behind it wait with it.
async fn key(
    app: &App,
    subscription: &Subscription,
    taker: Taker<'_>,
    events: Vec<(usize, Entry)>,
    budget: Budget,
) -> Vec<(usize, KeyEnd)> {
    let mut ends = Vec::with_capacity(events.len());
    let mut blocked = false;
    for (index, event) in events {
        if !budget.has_room_for(EVENT_LIMIT) {
            ends.push((index, KeyEnd::NotAsked));
            continue;
        }
        let position = event.position;
        if blocked || event.parked {
            blocked = true;
            ends.push((
                index,
                KeyEnd::Parked(Parked {
                    position,
                    outcome: None,
                }),
            ));
            continue;
        }
        let outcome = offer(app, subscription, taker, &event.topic, &event.payload, 1, 0).await;
        ends.push((
            index,
            match outcome {
                Outcome::Done(_) => KeyEnd::Taken,
                outcome => {
                    blocked = true;
                    KeyEnd::Parked(Parked {
                        position,
                        outcome: Some(outcome),
                    })
                }
            },
        ));
    }
    ends
}

/// One attempt to hand over one event, and its log line if it is not taken.
pub(super) async fn offer(
    app: &App,
    subscription: &Subscription,
    taker: Taker<'_>,
    topic: &str,
    payload: &Value,
    attempt: u32,
    snoozes: u32,
) -> Outcome {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let body = payload.to_string().into_bytes();
    let answer = match taker {
        Taker::Owner(owner) => {
            call::send(
                app,
                call::Call {
                    url: format!("http://{owner}.spin.internal/internal/events/{topic}"),
                    content_type: "application/cloudevents+json",
                    request_id: text("requestid"),
                    traceparent: text("traceparent"),
                    headers: vec![(event::CONSUMER_HEADER, subscription.consumer.to_owned())],
                    body,
                    limit: EVENT_LIMIT,
                },
            )
            .await
        }
        Taker::Sink(sink) => {
            let id = text("id").unwrap_or_default();
            sink::send(app, sink, id, text("traceparent"), body).await
        }
    };
    let outcome = Outcome::of(answer, PATIENCE, attempt, snoozes, chance());
    if let Some(failure) = outcome.failure() {
        let level = match outcome {
            Outcome::Dead(_) => Level::Error,
            _ => Level::Warn,
        };
        log::line(
            level,
            "worker",
            "event not taken",
            json!({
                "consumer": subscription.consumer, "event_id": text("id"), "topic": topic, "type": text("type"),
                "attempt": attempt, "outcome": outcome.name(), "cause": failure.error, "delay_ms": outcome.delay_ms(),
                "request_id": text("requestid"), "traceparent": text("traceparent"),
            }),
        );
    }
    outcome
}
