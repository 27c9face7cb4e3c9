//! From an order that is accepted to the mail that tells of it, with a process that dies at every point between: before and after
//! each statement, each call of another component, and the provider's answer. Whoever goes on after it loses and doubles nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

mod fault;
mod world;

use std::collections::BTreeSet;

use world::World;

/// Lets processes die at one point after the other, one order for each, until one lives through the whole chain. Answers the
/// points. After each, all orders are checked.
async fn die_everywhere(world: &World) -> Vec<String> {
    let mut points = Vec::new();
    loop {
        let user = world.account(&format!("u{}", points.len())).await;
        let process = world.start(Some(points.len()));
        let accepted = process.order(user).await;
        if accepted.is_some() {
            process.tick().await;
        }
        let died_at = process.died_at();
        drop(process);

        let next = world.start(None);
        // A client that got no answer asks again; one that did may do so, too.
        let order = next.order(user).await;
        if accepted.is_some() {
            assert_eq!(order, accepted, "what was accepted is there: {died_at:?}");
        }
        world.finish(&next).await;
        let orders = i64::try_from(points.len()).unwrap() + 1;
        for (once, sql) in EACH_ORDER_ONCE {
            assert_eq!(world.count(sql).await, orders, "{once}, after {died_at:?}");
        }
        match died_at {
            Some(point) => points.push(point),
            None => break,
        }
        assert!(points.len() < 500, "it goes on for ever: {points:?}");
    }
    assert_eq!(world.private_calls(), 0, "paper stays paper");
    points
}

const EACH_ORDER_ONCE: [(&str, &str); 9] = [
    ("accepted", "select count(*) from trading.orders"),
    (
        "filled",
        "select count(*) from trading.orders where state = 'filled'",
    ),
    ("executed", "select count(*) from trading.fills"),
    (
        "paid",
        "select count(*) from trading.paper_balances where asset = 'XXBT' and total = 0.1",
    ),
    (
        "published",
        "select count(*) from platform.outbox where type = 'trade.executed'",
    ),
    (
        "asked to be told",
        "select count(*) from platform.tasks where kind = 'notify'",
    ),
    ("told", "select count(*) from platform.notifications"),
    (
        "told to its owner",
        "select count(distinct user_id) from platform.notifications where type = 'order_completed'",
    ),
    (
        "mailed",
        "select (select count(*) from platform.mailbox) + (select count(*) from platform.mails where state = 'sent')",
    ),
];

/// Each of these was a point before and a point after.
fn assert_struck(points: &[String], steps: &[&str]) {
    for step in steps {
        for side in ["before", "after"] {
            assert!(
                points
                    .iter()
                    .any(|point| point.starts_with(side) && point.contains(step)),
                "no process died {side} {step}: {points:#?}"
            );
        }
    }
    let written = |side: &str| {
        points
            .iter()
            .filter(|point| point.starts_with(side) && point.contains("platform.finish_tasks"))
            .count()
    };
    assert!(
        written("before") >= 3 && written("after") >= 3,
        "each of the three tasks is written down: {points:#?}"
    );
}

const STEPS: [&str; 8] = [
    "trading.create_order",
    "platform.claim_tasks",
    "/internal/tasks/process_order",
    "trading.settle_paper_order",
    "/internal/tasks/notify",
    "platform.deliver_notification",
    "/internal/tasks/send_mail",
    "platform.finish_tasks",
];

#[tokio::test]
async fn a_process_that_dies_anywhere_between_order_and_mailbox_loses_and_doubles_nothing() {
    let world = World::with_mailbox().await;
    let points = die_everywhere(&world).await;
    assert_struck(&points, &STEPS);
    assert_struck(&points, &["platform.deliver_to_mailbox"]);
}

/// A provider cannot take part in a statement. Where the process dies between its answer and our row it is asked again, with the
/// same key.
#[tokio::test]
async fn a_process_that_dies_anywhere_between_order_and_provider_hands_each_mail_over_under_one_key()
 {
    let world = World::with_provider().await;
    let points = die_everywhere(&world).await;
    assert_struck(&points, &STEPS);
    assert_struck(
        &points,
        &[
            "platform.begin_mail",
            "the provider",
            "platform.finish_mail",
        ],
    );
    let provided = world.provided();
    let keys: BTreeSet<&String> = provided.iter().collect();
    assert_eq!(keys.len(), points.len() + 1, "each mail is handed over");
    let again = points
        .iter()
        .filter(|point| {
            *point == "after the provider"
                || (point.starts_with("before") && point.contains("platform.finish_mail"))
        })
        .count();
    assert_eq!(
        provided.len() - keys.len(),
        again,
        "and again only where nobody had written down that it was"
    );
}
