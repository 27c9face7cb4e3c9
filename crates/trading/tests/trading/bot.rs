//! Bots: who may make, command and read them, and which moves are legal.

use futures::future::join_all;
use http::{Method, header};
use serde_json::json;
use uuid::Uuid;

use crate::owner::{BOTS, Owner, dca};
use crate::stage::{KEYS, TRADING, request};

#[tokio::test]
async fn a_bot_runs_only_along_the_legal_moves() {
    let owner = Owner::new().await;
    let id = owner.create(dca()).await;
    let moves = [
        ("stop", 409),
        ("pause", 409),
        ("resume", 409),
        ("trigger", 409),
        ("start", 202),
        ("start", 409),
        ("resume", 409),
        ("pause", 202),
        ("pause", 409),
        ("trigger", 202),
        ("resume", 202),
        ("stop", 202),
        ("stop", 409),
        ("start", 202),
    ];
    for (command, status) in moves {
        assert_eq!(owner.tell(&id, command).await.0, status, "{command}");
    }
    let path = format!("{BOTS}/{id}");
    let delete = || owner.stage.call(owner.user, Method::DELETE, &path, None);
    assert_eq!(delete().await.status, 409);
    let changed = json!({"params": {"quote_amount": "200"}});
    let patch = owner
        .stage
        .call(owner.user, Method::PATCH, &path, Some(changed))
        .await;
    assert_eq!(patch.problem(), (409, "conflict"));
    owner.tell(&id, "stop").await;
    assert_eq!(delete().await.status, 204);
    for command in ["start", "stop", "trigger"] {
        assert_eq!(owner.tell(&id, command).await.0, 404);
    }
    owner.rows_are_folds().await;
}

#[tokio::test]
async fn a_stale_version_commands_no_bot() {
    let owner = Owner::new().await;
    let path = format!("{BOTS}/{}", owner.create(dca()).await);
    let send = async |method: Method, path: &str, tag: &str| {
        let mut request = request(owner.user, method, path, None);
        request
            .headers_mut()
            .insert(header::IF_MATCH, tag.parse().unwrap());
        owner.stage.send(request).await
    };
    let shown = send(Method::GET, &path, "*").await.expect(200);
    let first = shown.etag();
    let started = send(Method::POST, &format!("{path}/start"), first)
        .await
        .expect(202);
    for (method, command) in [
        (Method::POST, "/start"),
        (Method::POST, "/pause"),
        (Method::POST, "/stop"),
        (Method::POST, "/resume"),
        (Method::POST, "/trigger"),
        (Method::DELETE, ""),
    ] {
        let stale = send(method, &format!("{path}{command}"), first).await;
        assert_eq!(stale.problem(), (412, "precondition-failed"), "{command}");
    }
    let trigger = format!("{path}/trigger");
    send(Method::POST, &trigger, started.etag())
        .await
        .expect(202);
    let stopped = send(Method::POST, &format!("{path}/stop"), started.etag())
        .await
        .expect(202);
    send(Method::DELETE, &path, stopped.etag())
        .await
        .expect(204);
    owner.rows_are_folds().await;
}

#[tokio::test]
async fn a_trigger_that_was_carried_out_is_answered_again_whatever_has_become_of_the_bot() {
    let owner = Owner::new().await;
    let path = format!("{BOTS}/{}", owner.create(dca()).await);
    let send = async |path: String, tag: &str| {
        let mut request = request(owner.user, Method::POST, &path, None);
        let headers = request.headers_mut();
        headers.insert(header::IF_MATCH, tag.parse().unwrap());
        headers.insert("idempotency-key", "once".parse().unwrap());
        owner.stage.send(request).await
    };
    let started = send(format!("{path}/start"), "*").await.expect(202);
    let trigger = format!("{path}/trigger");
    let first = send(trigger.clone(), started.etag()).await.expect(202);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    owner.stage.work().await;
    send(format!("{path}/stop"), "*").await.expect(202);
    let again = send(trigger, started.etag()).await.expect(202);
    assert!(again.headers.contains_key("idempotency-replayed"));
    owner.stage.work().await;
    let manual = "select count(*) from trading.bot_executions where trigger = 'manual'";
    assert_eq!(owner.stage.count(manual).await, 1);
}

#[tokio::test]
async fn what_makes_a_bot_act_needs_bots_run_and_what_holds_it_up_does_not() {
    let owner = Owner::new().await;
    let bot = owner.create(dca()).await;
    let tell = async |command: &str, may_run: bool| {
        let path = format!("{BOTS}/{bot}/{command}");
        let mut request = request(owner.user, Method::POST, &path, None);
        if !may_run {
            let bearer = format!("Bearer {} trading.read,trading.trade", owner.user);
            request
                .headers_mut()
                .insert("authorization", bearer.parse().unwrap());
        }
        owner.stage.send(request).await.status
    };
    for (command, may_run, expected) in [
        ("start", false, 403),
        ("start", true, 202),
        ("trigger", false, 403),
        ("trigger", true, 202),
        ("pause", false, 202),
        ("resume", false, 403),
        ("resume", true, 202),
        ("stop", false, 202),
    ] {
        assert_eq!(
            tell(command, may_run).await,
            expected,
            "{command}, {may_run}"
        );
    }
}

#[tokio::test]
async fn fifty_bots_are_enough_however_many_are_asked_for_at_once() {
    let owner = Owner::new().await;
    let first = owner.create(dca()).await;
    let copy = "insert into trading.bots
        select (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid()))).* from trading.bots b, generate_series(1, 47)";
    owner.stage.sql.batch_execute(copy).await.unwrap();
    let create = || {
        owner
            .stage
            .call(owner.user, Method::POST, BOTS, Some(dca()))
    };
    let mut statuses: Vec<u16> = join_all((0..6).map(|_| create()))
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409, 409, 409, 409]);
    assert_eq!(create().await.problem(), (409, "conflict"));
    let path = format!("{BOTS}/{first}");
    let deleted = owner
        .stage
        .call(owner.user, Method::DELETE, &path, None)
        .await;
    assert_eq!(deleted.status, 204);
    assert_eq!(create().await.status, 201, "a deleted one does not count");
    let other = Uuid::now_v7();
    let others = owner.stage.call(other, Method::POST, BOTS, Some(dca()));
    assert_eq!(others.await.status, 201, "each account has its own");
}

#[tokio::test]
async fn a_bot_made_once_is_answered_again_after_its_key_has_gone() {
    let owner = Owner::new().await;
    let key = owner
        .stage
        .connected(owner.user, &owner.stage.key(&TRADING))
        .await;
    let mut body = dca();
    body["mode"] = json!("live");
    body["key_id"] = json!(key);
    let send = |name: &'static str| {
        let mut request = request(owner.user, Method::POST, BOTS, Some(body.clone()));
        request
            .headers_mut()
            .insert("idempotency-key", name.parse().unwrap());
        owner.stage.send(request)
    };
    let made = send("once").await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = format!("{KEYS}/{key}");
    let gone = owner
        .stage
        .call(owner.user, Method::DELETE, &path, None)
        .await;
    assert_eq!(gone.status, 204);
    let again = send("once").await;
    assert_eq!(again.status, 201, "{}", again.text);
    assert!(again.headers.contains_key("idempotency-replayed"));
    assert_eq!(again.body["id"], made.body["id"]);
    for _ in 0..2 {
        let other = send("another").await;
        assert_eq!(
            other.problem(),
            (422, "validation"),
            "what was refused has used up no key"
        );
    }
}

#[tokio::test]
async fn parameters_are_checked_by_the_strategy_and_the_pair() {
    let owner = Owner::new().await;
    let cases = [
        (json!({"strategy": "nope"}), "strategy"),
        (json!({"params": {}}), "params.quote_amount"),
        (
            json!({"params": {"quote_amount": "100", "every": 1}}),
            "params.every",
        ),
        (json!({"pair": "NOPE"}), "pair"),
        (json!({"every": 1}), "every"),
        (json!({"mode": "live"}), "key_id"),
        (json!({"name": ""}), "name"),
        (
            json!({"risk": {"max_order_value": 5}}),
            "risk.max_order_value",
        ),
    ];
    for (change, field) in cases {
        let mut body = dca();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = owner
            .stage
            .call(owner.user, Method::POST, BOTS, Some(body))
            .await;
        assert_eq!(answer.status, 422, "{change}: {}", answer.text);
        assert_eq!(answer.body["errors"][0]["field"], field, "{change}");
    }
    let id = owner.create(dca()).await;
    for what in ["", "/status", "/events", "/executions", "/pnl"] {
        let foreign = owner
            .stage
            .call(
                Uuid::now_v7(),
                Method::GET,
                &format!("{BOTS}/{id}{what}"),
                None,
            )
            .await;
        assert_eq!(foreign.status, 404, "{what}");
    }
}
