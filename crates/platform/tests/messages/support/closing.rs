//! What has been solved for a week is closed, and its user is told.

use serde_json::{Value, json};

use super::{TICKETS, change, open, state, write};
use crate::stage::Stage;

async fn close(stage: &Stage) -> i64 {
    let done = stage.task("close_tickets", "k", json!({})).await;
    done.expect(200).body["closed"].as_i64().unwrap()
}

#[tokio::test]
async fn a_solved_ticket_is_closed_after_a_week_without_a_word() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let [quiet, continued, later, waiting] = [
        open(&stage, user).await,
        open(&stage, user).await,
        open(&stage, user).await,
        open(&stage, user).await,
    ];
    for ticket in [quiet, continued] {
        let _ = change(&stage, ticket, json!({"state": "solved"})).await;
    }
    let _ = change(&stage, waiting, json!({"state": "answered"})).await;
    stage.later("3 days").await;
    let _ = change(&stage, later, json!({"state": "solved"})).await;
    let _ = write(&stage, user, continued, "Not at all.")
        .await
        .expect(201);
    stage.later("6 days 23 hours").await;
    assert_eq!(close(&stage).await, 0, "not before its time");
    stage.later("7 days 1 hour").await;
    assert_eq!(close(&stage).await, 1);
    assert_eq!(close(&stage).await, 0, "once");
    for (ticket, expected) in [
        (quiet, "closed"),
        (continued, "open"),
        (later, "solved"),
        (waiting, "answered"),
    ] {
        assert_eq!(state(&stage, user, ticket).await, expected);
    }
    let refused = write(&stage, user, quiet, "Hello?").await;
    assert_eq!(refused.problem(), (409, "ticket-closed"));

    assert_eq!(stage.work(2).await, ["notify"], "no mail");
    let told = stage.get(user, "/notifications").await;
    let items = told.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{}", told.body);
    assert_eq!(items[0]["type"], "ticket_closed");
    assert_eq!(
        items[0]["link"],
        format!("/api/v1/profile{TICKETS}/{quiet}")
    );
    let record: Value = stage
        .json(
            "select json_agg(json_build_array(actor, target_id, request_id))::text from platform.audit
             where action = 'support.ticket.closed'",
        )
        .await;
    assert_eq!(
        record,
        json!([["task:close_tickets", quiet.to_string(), "r-1"]])
    );
}

#[tokio::test]
async fn a_ticket_that_is_opened_again_and_closed_again_is_told_again() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let ticket = open(&stage, user).await;
    for clock in ["8 days", "16 days"] {
        let _ = change(&stage, ticket, json!({"state": "solved"})).await;
        stage.later(clock).await;
        assert_eq!(close(&stage).await, 1);
    }
    assert_eq!(stage.work(1).await, ["notify", "notify"]);
    let told = stage.get(user, "/notifications").await;
    assert_eq!(told.body["unread"], 2);
}
