//! Tries parked events again when their time has come: the first of each key; the next has its turn when that was taken.

use futures::stream::{self, StreamExt};
use kit::App;
use uuid::Uuid;

use super::budget::Budget;
use super::complain;
use super::consumer::{self, EVENT_LIMIT, PATIENCE, Taker};
use super::report::Counts;
use super::store::{self, ClaimedEvent};
use crate::subscriptions::Subscription;

/// As many as are tried at once, so that no lease waits for its turn.
const AT_ONCE: usize = 8;

/// Tries what is due.
pub(super) async fn drain<'a>(
    app: &App,
    subscriptions: &[(Subscription, Taker<'a>)],
    holder: Uuid,
    budget: Budget,
) -> Counts {
    let mut counts = Counts::default();
    let names: Vec<Subscription> = subscriptions.iter().map(|(one, _)| *one).collect();
    while budget.has_room_for(EVENT_LIMIT) && budget.may_claim() {
        let claiming =
            store::claim_parked_events(app.db(), holder, &names, AT_ONCE, PATIENCE.max_attempts);
        let claimed = match claiming.await {
            Ok(claimed) => claimed,
            Err(error) => {
                complain("parked events could not be claimed", &error);
                break;
            }
        };
        if claimed.is_empty() {
            break;
        }
        let tried: Vec<Counts> = stream::iter(claimed)
            .map(|event| attempt(app, subscriptions, holder, event))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for one in tried {
            counts += one;
        }
    }
    counts
}

async fn attempt(
    app: &App,
    subscriptions: &[(Subscription, Taker<'_>)],
    holder: Uuid,
    event: ClaimedEvent,
) -> Counts {
    let mut counts = Counts::default();
    // Only those of the table are claimed.
    let Some((subscription, taker)) = subscriptions
        .iter()
        .find(|(subscription, _)| subscription.consumer == event.consumer)
    else {
        return counts;
    };
    let outcome = consumer::offer(
        app,
        subscription,
        *taker,
        &event.topic,
        &event.payload,
        event.attempt,
        event.snoozes,
    )
    .await;
    match store::finish_parked_event(app.db(), holder, &event, &outcome).await {
        Ok(true) => counts.count(&outcome),
        Ok(false) => counts.lost += 1,
        Err(error) => complain(
            "the end of a parked event could not be written down",
            &error,
        ),
    }
    counts
}
