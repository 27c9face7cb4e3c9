//! Support's side of the tickets, the dashboard and the switch.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{Person, Stage};

async fn ticket(stage: &Stage, person: &Person, subject: &str) -> Uuid {
    let (id, message) = (Uuid::now_v7(), Uuid::now_v7());
    stage
        .owner
        .query_one(
            "select platform.open_ticket('{}', $1, 'p', 'r', null, '', $2, $3, $4, 'trading', 'It does not work.')::text",
            &[&person.id, &id, &message, &subject],
        )
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn a_ticket_from_the_queue_to_closed() {
    let stage = Stage::new("ticket").await;
    let sue = stage.person("sue", &["support"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let first = ticket(&stage, &ada, "First").await;
    let second = ticket(&stage, &ada, "Second").await;

    let queue = stage
        .get(&sue, "/support/tickets?state=open")
        .await
        .expect(200);
    let order: Vec<&Value> = queue.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["id"])
        .collect();
    assert_eq!(
        order,
        [&json!(first), &json!(second)],
        "who has waited longest comes first"
    );
    let one = stage
        .get(&sue, "/support/tickets?state=open&limit=1")
        .await
        .expect(200);
    let cursor = one.body["next_cursor"].as_str().unwrap();
    let rest = stage
        .get(
            &sue,
            &format!("/support/tickets?state=open&limit=1&cursor={cursor}"),
        )
        .await
        .expect(200);
    assert_eq!(rest.body["items"][0]["id"], json!(second));
    let misplaced = stage
        .get(&sue, &format!("/support/tickets?cursor={cursor}"))
        .await;
    assert_eq!(misplaced.status, 422, "a position in another order");

    let path = format!("/support/tickets/{first}");
    let shown = stage.get(&sue, &path).await.expect(200);
    let tag = shown.etag().to_owned();
    let answer = |key: &'static str, body: &'static str| {
        let (stage, sue, path) = (&stage, &sue, format!("{path}/messages"));
        async move {
            let body = json!({"body": body}).to_string();
            stage
                .call(
                    "POST",
                    &path,
                    Some(sue),
                    &[("idempotency-key", key)],
                    Some(body),
                )
                .await
        }
    };
    let written = answer("k1", "Untick it.").await.expect(201);
    let again = answer("k1", "Untick it.").await.expect(201);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body["id"], written.body["id"]);
    assert_eq!(answer("k1", "Another").await.kind(), "idempotency-mismatch");
    let notified = "select count(*) from platform.tasks where kind = 'notify'";
    assert_eq!(stage.count(notified, &[]).await, 1, "the user is told once");

    let stale = stage
        .call(
            "PATCH",
            &path,
            Some(&sue),
            &[("if-match", &tag)],
            Some(json!({"priority": "high"}).to_string()),
        )
        .await;
    assert_eq!(stale.status, 412);
    for other in [Uuid::now_v7(), ada.id] {
        let body = json!({"assignee_id": other});
        let refused = stage.send(&sue, &format!("PATCH {path}"), body).await;
        assert_eq!(refused.status, 422, "{other}");
        assert_eq!(refused.body["errors"][0]["field"], "assignee_id");
    }
    let closed = stage
        .send(
            &sue,
            &format!("PATCH {path}"),
            json!({"state": "closed", "assignee_id": sue.id}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&closed.body["state"], &closed.body["assignee_id"]),
        (&json!("closed"), &json!(sue.id))
    );
    assert_eq!(answer("k2", "Too late").await.status, 409);
}

#[tokio::test]
async fn the_dashboard_counts_what_there_is() {
    let stage = Stage::new("dashboard").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    ticket(&stage, &ada, "First").await;
    let dashboard = stage.get(&admin, "/dashboard").await.expect(200);
    let counts = &dashboard.body["counts"];
    assert_eq!(counts["users"]["active"], json!(2), "{counts}");
    assert_eq!(counts["tickets"]["open"], json!(1), "{counts}");
    let days = dashboard.body["days"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    // At midnight the day may change between the two statements.
    let recent: i64 = days[28..]
        .iter()
        .map(|day| day["registrations"].as_i64().unwrap())
        .sum();
    assert_eq!(recent, 2);
    assert_eq!(days[0]["registrations"], 0);
}

#[tokio::test]
async fn the_kill_switch_engages_and_is_released() {
    let stage = Stage::new("kill").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let engaged = "select count(*) from trading.kill_switches";
    for body in [
        json!({"reason": "drill"}),
        json!({"reason": "drill", "user_id": ada.id}),
    ] {
        for _ in 0..2 {
            let answer = stage
                .send(&admin, "POST /kill-switch", body.clone())
                .await
                .expect(200);
            assert_eq!(answer.body["engaged"], true);
        }
    }
    assert_eq!(stage.count(engaged, &[]).await, 2);
    stage
        .send(&admin, "DELETE /kill-switch", json!({}))
        .await
        .expect(200);
    stage
        .send(
            &admin,
            &format!("DELETE /kill-switch?user_id={}", ada.id),
            json!({}),
        )
        .await
        .expect(200);
    assert_eq!(stage.count(engaged, &[]).await, 0);
    let asked = stage
        .send(&admin, "POST /keys/rotate", json!({}))
        .await
        .expect(202);
    assert!(!asked.body["tasks"].as_array().unwrap().is_empty());
}
