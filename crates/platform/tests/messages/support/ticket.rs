//! A user's tickets, from opened to closed and gone.

use futures::future::join_all;
use http::{Method, header};
use serde_json::{Value, json};
use spindle_platform::support::store::{self, AddMessage, UpdateTicket};
use uuid::Uuid;

use super::{TICKETS, answer, change, note, open, reply, state, write};
use crate::stage::{Stage, URL, request};

#[tokio::test]
async fn a_ticket_walks_from_open_to_closed() {
    let stage = Stage::new().await;
    let (user, staff) = (stage.account("ada").await, stage.account("sue").await);
    let body = json!({"subject": " Help ", "category": "trading", "body": "My bot\nsleeps."});
    let opened = stage.post(user, TICKETS, body).await.expect(201);
    let ticket: Uuid = opened.body["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        opened.header(header::LOCATION),
        format!("/api/v1/profile{TICKETS}/{ticket}")
    );
    assert_eq!(opened.body["subject"], "Help");
    assert_eq!(opened.body["state"], "open");
    let path = format!("{TICKETS}/{ticket}");
    let read = stage.get(user, &path).await.expect(200);
    assert_eq!(read.body, opened.body);
    assert_eq!(read.header(header::ETAG), opened.header(header::ETAG));
    let mut known = request(user, Method::GET, &path, None);
    known.headers_mut().insert(
        header::IF_NONE_MATCH,
        read.header(header::ETAG).parse().unwrap(),
    );
    assert_eq!(stage.send(known).await.status, 304);

    let AddMessage::Added { .. } = answer(&stage, staff, ticket, reply("Wake it.")).await else {
        panic!("not added");
    };
    let seen = store::find(&stage.db, ticket, None).await.unwrap().unwrap();
    let seen: Value = serde_json::from_str(&seen.json).unwrap();
    assert_eq!(seen["assignee_id"], json!(staff), "who answers has it");
    assert_eq!(state(&stage, user, ticket).await, "answered");
    assert_eq!(stage.work(2).await, ["notify", "send_mail"]);
    let told = stage.get(user, "/notifications").await;
    assert_eq!(told.body["items"][0]["type"], "ticket_answer");
    assert_eq!(
        told.body["items"][0]["link"],
        format!("/api/v1/profile{path}")
    );
    let mail = stage
        .json("select json_build_object('text', text_body)::text from platform.mailbox")
        .await;
    assert!(
        mail["text"]
            .as_str()
            .unwrap()
            .contains(&format!("{URL}/api/v1/profile{path}"))
    );

    let more = write(&stage, user, ticket, "It snores.").await.expect(201);
    assert_eq!(more.body["author"], "user");
    assert_eq!(state(&stage, user, ticket).await, "open");
    let UpdateTicket::Updated { .. } = change(&stage, ticket, json!({"state": "solved"})).await
    else {
        panic!("not updated");
    };
    let _ = write(&stage, user, ticket, "Not at all.").await.expect(201);
    assert_eq!(
        state(&stage, user, ticket).await,
        "open",
        "an answer opens a solved one"
    );
    let _ = change(&stage, ticket, json!({"state": "closed"})).await;
    let refused = write(&stage, user, ticket, "Hello?").await;
    assert_eq!(refused.problem(), (409, "ticket-closed"));
    assert!(matches!(
        answer(&stage, staff, ticket, reply("Late.")).await,
        AddMessage::Closed
    ));
    assert!(matches!(
        answer(&stage, staff, ticket, note("Done.")).await,
        AddMessage::Added { .. }
    ));

    let whole = stage.get(user, &path).await.expect(200);
    let texts: Vec<&str> = whole.body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["body"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        ["My bot\nsleeps.", "Wake it.", "It snores.", "Not at all."]
    );
    assert!(
        !whole.body.to_string().contains(&staff.to_string()),
        "support has no names"
    );
    let deeds =
        "select count(distinct action) from platform.audit where target_type = 'support_ticket'";
    assert_eq!(
        stage.count(deeds).await,
        5,
        "opened, answered, continued, updated, noted"
    );
}

#[tokio::test]
async fn the_same_key_opens_and_writes_once() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let send = async |path: String, body: Value| {
        let mut request = request(user, Method::POST, &path, Some(body));
        request
            .headers_mut()
            .insert("idempotency-key", "k".parse().unwrap());
        stage.send(request).await
    };
    let body = json!({"subject": "Help", "body": "Now"});
    let answers = join_all((0..5).map(|_| send(TICKETS.to_owned(), body.clone()))).await;
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer.body["id"]).collect();
    assert!(
        ids.iter().all(|id| *id == ids[0] && id.is_string()),
        "{ids:?}"
    );
    let replayed = answers
        .iter()
        .filter(|answer| answer.headers.contains_key("idempotency-replayed"))
        .count();
    assert_eq!(replayed, 4);
    let other = send(
        TICKETS.to_owned(),
        json!({"subject": "Help", "body": "Later"}),
    )
    .await;
    assert_eq!(other.problem(), (422, "idempotency-mismatch"));

    let path = format!("{TICKETS}/{}/messages", ids[0].as_str().unwrap());
    let answers = join_all((0..5).map(|_| send(path.clone(), json!({"body": "More"})))).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
    }
    assert_eq!(
        send(path, json!({"body": "Less"})).await.problem().1,
        "idempotency-mismatch"
    );
    assert_eq!(
        stage
            .count("select count(*) from platform.support_messages")
            .await,
        2
    );
}

#[tokio::test]
async fn somebody_elses_ticket_is_not_found() {
    let stage = Stage::new().await;
    let (user, other) = (stage.account("ada").await, stage.account("bob").await);
    let ticket = open(&stage, user).await;
    for id in [
        ticket.to_string(),
        Uuid::now_v7().to_string(),
        "x".to_owned(),
    ] {
        let read = stage.get(other, &format!("{TICKETS}/{id}")).await;
        assert_eq!(read.problem(), (404, "not-found"));
        let path = format!("{TICKETS}/{id}/messages");
        let written = stage.post(other, &path, json!({"body": "Mine!"})).await;
        assert_eq!(written.problem(), (404, "not-found"));
    }
    assert_eq!(stage.get(other, TICKETS).await.body["items"], json!([]));
    assert_eq!(
        stage
            .count("select count(*) from platform.support_messages")
            .await,
        1
    );
}

#[tokio::test]
async fn fields_say_what_they_allow() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let ticket = open(&stage, user).await;
    for (body, field) in [
        (json!({"body": "b"}), "subject"),
        (json!({"subject": "s"}), "body"),
        (json!({"subject": " ", "body": "b"}), "subject"),
        (json!({"subject": "a\nb", "body": "b"}), "subject"),
        (json!({"subject": "s".repeat(201), "body": "b"}), "subject"),
        (json!({"subject": "s", "body": "b".repeat(5001)}), "body"),
        (json!({"subject": "s", "body": "\u{1b}[31m"}), "body"),
        (
            json!({"subject": "s", "body": "b", "category": "weather"}),
            "category",
        ),
    ] {
        let refused = stage.post(user, TICKETS, body).await;
        assert_eq!(
            (refused.problem().0, refused.fields()),
            (422, vec![field]),
            "{}",
            refused.body
        );
    }
    for body in [
        json!({}),
        json!({"body": ""}),
        json!({"body": "b".repeat(5001)}),
    ] {
        let refused = stage
            .post(user, &format!("{TICKETS}/{ticket}/messages"), body)
            .await;
        assert_eq!((refused.problem().0, refused.fields()), (422, vec!["body"]));
    }
    for path in ["?state=lost", "?limit=0", "?cursor=x"] {
        let refused = stage.get(user, &format!("{TICKETS}{path}")).await;
        assert_eq!(refused.problem().0, 422, "{path}");
    }
}

#[tokio::test]
async fn a_stale_writer_is_told() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let ticket = open(&stage, user).await;
    let tag = stage
        .get(user, &format!("{TICKETS}/{ticket}"))
        .await
        .header(header::ETAG)
        .to_owned();
    let path = format!("{TICKETS}/{ticket}/messages");
    let mut statuses = Vec::new();
    for text in ["one", "two"] {
        let mut request = request(user, Method::POST, &path, Some(json!({"body": text})));
        request
            .headers_mut()
            .insert(header::IF_MATCH, tag.parse().unwrap());
        statuses.push(stage.send(request).await.status);
    }
    assert_eq!(statuses, [201, 412]);
}

#[tokio::test]
async fn there_is_an_end_to_tickets_and_to_messages() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let ticket = open(&stage, user).await;
    stage
        .run(&format!(
            "update platform.support_tickets set messages_count = 200;
             insert into platform.support_tickets (id, user_id, subject, category, created_at, updated_at)
             select gen_random_uuid(), '{user}', 's', 'other', now(), now() from generate_series(1, 49)"
        ))
        .await;
    assert_eq!(
        write(&stage, user, ticket, "One more").await.problem(),
        (409, "ticket-closed")
    );
    let body = json!({"subject": "Help", "body": "Now"});
    assert_eq!(
        stage.post(user, TICKETS, body.clone()).await.problem(),
        (409, "conflict")
    );
    let _ = change(&stage, ticket, json!({"state": "closed"})).await;
    // One may be opened again, however many ask at once.
    let answers = join_all((0..6).map(|_| stage.post(user, TICKETS, body.clone()))).await;
    let opened = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(opened.count(), 1);
    let live = "select count(*) from platform.support_tickets where state <> 'closed'";
    assert_eq!(stage.count(live).await, 50);
}

#[tokio::test]
async fn the_key_of_a_ticket_that_was_one_too_many_stays_free() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    stage
        .run(&format!(
            "insert into platform.support_tickets (id, user_id, subject, category, created_at, updated_at)
             select gen_random_uuid(), '{user}', 's', 'other', now(), now() from generate_series(1, 50)"
        ))
        .await;
    let send = async || {
        let body = json!({"subject": "Help", "body": "Now"});
        let mut request = request(user, Method::POST, TICKETS, Some(body));
        request
            .headers_mut()
            .insert("idempotency-key", "k".parse().unwrap());
        stage.send(request).await
    };
    assert_eq!(send().await.problem(), (409, "conflict"));
    stage
        .run("update platform.support_tickets set state = 'closed'")
        .await;
    let opened = send().await.expect(201);
    assert!(!opened.headers.contains_key("idempotency-replayed"));
}

#[tokio::test]
async fn ones_tickets_come_in_pages_newest_first_and_by_state() {
    let stage = Stage::new().await;
    let user = stage.account("ada").await;
    let mut tickets = Vec::new();
    for _ in 0..3 {
        tickets.push(open(&stage, user).await);
    }
    let _ = change(&stage, tickets[1], json!({"state": "solved"})).await;
    let list = async |query: &str| {
        let page = stage
            .get(user, &format!("{TICKETS}?limit=2{query}"))
            .await
            .expect(200);
        let items = page.body["items"].as_array().unwrap().clone();
        assert!(items.iter().all(|item| item.get("messages").is_none()));
        let ids: Vec<Uuid> = items
            .iter()
            .map(|item| item["id"].as_str().unwrap().parse().unwrap())
            .collect();
        let next = page.body["next_cursor"].as_str().map(str::to_owned);
        (ids, next)
    };
    let (first, next) = list("").await;
    assert_eq!(first, [tickets[2], tickets[1]]);
    let (second, end) = list(&format!("&cursor={}", next.unwrap())).await;
    assert_eq!((second, end), (vec![tickets[0]], None));
    assert_eq!(list("&state=solved").await, (vec![tickets[1]], None));
    assert_eq!(
        list("&state=open").await,
        (vec![tickets[2], tickets[0]], None)
    );
}

#[tokio::test]
async fn what_a_deleted_user_wrote_and_was_told_is_gone() {
    let stage = Stage::new().await;
    let (user, staff) = (stage.account("ada").await, stage.account("sue").await);
    let (theirs, hers) = (open(&stage, user).await, open(&stage, staff).await);
    let _ = answer(&stage, staff, theirs, reply("So?")).await;
    let _ = answer(&stage, user, hers, reply("Support may leave too.")).await;
    let _ = stage.work(1).await;
    let export = stage
        .json(&format!("select platform.export_user('{user}')::text"))
        .await;
    assert_eq!(export["support_tickets"][0]["messages"][1]["body"], "So?");
    assert_eq!(export["notifications"].as_array().unwrap().len(), 1);

    for _ in 0..2 {
        stage
            .run(&format!("select platform.erase_messages('{user}')"))
            .await;
    }
    for (table, left) in [
        ("notifications", 1),
        ("mailbox", 1),
        ("support_tickets", 1),
        ("support_messages", 2),
    ] {
        assert_eq!(
            stage
                .count(&format!("select count(*) from platform.{table}"))
                .await,
            left,
            "{table}"
        );
    }
    let seen = store::find(&stage.db, hers, None).await.unwrap().unwrap();
    let seen: Value = serde_json::from_str(&seen.json).unwrap();
    assert_eq!(
        seen["assignee_id"],
        Value::Null,
        "somebody else has to take it"
    );
}
