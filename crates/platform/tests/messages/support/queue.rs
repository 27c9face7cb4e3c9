//! What support sees and decides, and the user does not.

use kit::Context;
use serde_json::{Value, json};
use spindle_platform::support::store::{self, AddMessage, QueueFilter, UpdateTicket};
use spindle_platform::support::{State, TicketChanges};
use uuid::Uuid;

use super::{TICKETS, answer, change, note, open, reply, write};
use crate::stage::Stage;

#[tokio::test]
async fn the_user_never_sees_what_support_says_among_itself() {
    let stage = Stage::new().await;
    let (user, staff) = (stage.account("ada").await, stage.account("sue").await);
    let ticket = open(&stage, user).await;
    let path = format!("{TICKETS}/{ticket}");
    let before = stage.get(user, &path).await.body;
    let AddMessage::Added { message, .. } =
        answer(&stage, staff, ticket, note("A known crank.")).await
    else {
        panic!("not added");
    };
    let _ = change(
        &stage,
        ticket,
        json!({"priority": "low", "assignee_id": staff}),
    )
    .await;
    assert_eq!(
        stage.get(user, &path).await.body,
        before,
        "nor that it says anything"
    );
    let id: Uuid = message["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        store::find_message(&stage.db, id, false).await.unwrap(),
        None
    );
    assert!(
        store::find_message(&stage.db, id, true)
            .await
            .unwrap()
            .is_some()
    );
    let export = stage
        .json(&format!("select platform.export_user('{user}')::text"))
        .await;
    assert!(!export.to_string().contains("crank"), "{export}");
    assert!(stage.work(1).await.is_empty(), "nobody is told");
    let staff_sees = store::find(&stage.db, ticket, None).await.unwrap().unwrap();
    let staff_sees: Value = serde_json::from_str(&staff_sees.json).unwrap();
    assert_eq!(staff_sees["messages"][1]["internal"], true);
    assert_eq!(
        (&staff_sees["priority"], &staff_sees["username"]),
        (&json!("low"), &json!("ada"))
    );
}

#[tokio::test]
async fn the_queue_begins_with_who_has_waited_longest() {
    let stage = Stage::new().await;
    let (user, staff) = (stage.account("ada").await, stage.account("sue").await);
    let mut tickets = Vec::new();
    for _ in 0..4 {
        tickets.push(open(&stage, user).await);
    }
    // The first is answered and asks again: now it has waited for the shortest time.
    let _ = answer(&stage, staff, tickets[0], reply("So?")).await;
    let queue = async |filter: QueueFilter, size: i64| {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = store::queue(&stage.db, filter, after, size).await.unwrap();
            let items: Value = serde_json::from_str(&page.items).unwrap();
            ids.extend(
                items
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().parse::<Uuid>().unwrap()),
            );
            after = page.last;
            if after.is_none() {
                return ids;
            }
        }
    };
    let open_ones = QueueFilter {
        state: Some(State::Open),
        ..QueueFilter::default()
    };
    assert_eq!(queue(open_ones, 2).await, tickets[1..]);
    let _ = write(&stage, user, tickets[0], "Well.").await.expect(201);
    for size in [1, 2, 3, 100] {
        assert_eq!(
            queue(open_ones, size).await,
            [&tickets[1..], &tickets[..1]].concat(),
            "pages of {size}"
        );
    }
    let newest_first: Vec<Uuid> = tickets.iter().rev().copied().collect();
    assert_eq!(queue(QueueFilter::default(), 3).await, newest_first);
    let hers = QueueFilter {
        assignee: Some(staff),
        ..QueueFilter::default()
    };
    assert_eq!(queue(hers, 3).await, tickets[..1]);
    let nobodys = QueueFilter {
        user: Some(staff),
        ..QueueFilter::default()
    };
    assert!(queue(nobodys, 3).await.is_empty());
}

#[tokio::test]
async fn an_assignee_is_an_account() {
    let stage = Stage::new().await;
    let (user, staff) = (stage.account("ada").await, stage.account("sue").await);
    let ticket = open(&stage, user).await;
    let outcome = change(&stage, ticket, json!({"assignee_id": Uuid::now_v7()})).await;
    assert!(
        matches!(outcome, UpdateTicket::NoSuchAssignee),
        "{outcome:?}"
    );
    let UpdateTicket::Updated {
        ticket: seen,
        version,
    } = change(&stage, ticket, json!({"assignee_id": staff})).await
    else {
        panic!("not updated");
    };
    assert_eq!((&seen["assignee_id"], version), (&json!(staff), 2));
    let UpdateTicket::Updated { version, .. } =
        change(&stage, ticket, json!({"assignee_id": staff})).await
    else {
        panic!("not updated");
    };
    assert_eq!(version, 2, "the same again changes nothing");
    assert!(matches!(
        change(&stage, Uuid::now_v7(), json!({})).await,
        UpdateTicket::NotFound
    ));
    let stale = store::update(
        &stage.db,
        &Context::default(),
        ticket,
        Some(1),
        &TicketChanges::default(),
    )
    .await
    .unwrap();
    assert!(matches!(stale, UpdateTicket::Stale));
}
