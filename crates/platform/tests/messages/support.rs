//! Support tickets, from both sides: what both walk through.

mod closing;
mod queue;
mod ticket;

use kit::{Context, Value as Param};
use serde_json::{Value, json};
use spindle_platform::support::store::{self, AddMessage, NewMessage, UpdateTicket};
use spindle_platform::support::{Answer as Reply, TicketChanges};
use uuid::Uuid;

use crate::stage::{Answer, Stage};

const TICKETS: &str = "/support/tickets";

async fn open(stage: &Stage, user: Uuid) -> Uuid {
    let body = json!({"subject": " Help ", "category": "trading", "body": "My bot\nsleeps."});
    let opened = stage.post(user, TICKETS, body).await.expect(201);
    opened.body["id"].as_str().unwrap().parse().unwrap()
}

async fn write(stage: &Stage, user: Uuid, ticket: Uuid, text: &str) -> Answer {
    stage
        .post(
            user,
            &format!("{TICKETS}/{ticket}/messages"),
            json!({"body": text}),
        )
        .await
}

/// What `admin` does for somebody of support.
async fn answer(stage: &Stage, staff: Uuid, ticket: Uuid, reply: Reply) -> AddMessage {
    let message = NewMessage {
        id: Uuid::now_v7(),
        ticket,
        author: staff,
        expected: None,
        body: &reply.body,
    };
    let claim = [
        Param::from(staff.to_string()),
        Param::from("r"),
        Param::Null,
        Param::Bytes(vec![0]),
    ];
    store::answer(&stage.db, &Context::default(), claim, message, &reply)
        .await
        .unwrap()
}

fn reply(body: &str) -> Reply {
    serde_json::from_value(json!({"body": body})).unwrap()
}

fn note(body: &str) -> Reply {
    serde_json::from_value(json!({"body": body, "internal": true})).unwrap()
}

async fn change(stage: &Stage, ticket: Uuid, changes: Value) -> UpdateTicket {
    let changes: TicketChanges = serde_json::from_value(changes).unwrap();
    store::update(&stage.db, &Context::default(), ticket, None, &changes)
        .await
        .unwrap()
}

async fn state(stage: &Stage, user: Uuid, ticket: Uuid) -> String {
    let read = stage
        .get(user, &format!("{TICKETS}/{ticket}"))
        .await
        .expect(200);
    read.body["state"].as_str().unwrap().to_owned()
}
