//! Money moves only with a credential that stands at that very moment, whatever the trust snapshot of a second ago says.

use futures::future::{join, join_all};
use http::{Method, header};
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::owner::{BOTS, dca};
use crate::stage::{KEYS, ORDERS, Stage, TRADING, body};

fn limit() -> Value {
    json!({"mode": "paper", "pair": "XBTUSD", "side": "buy", "type": "limit", "volume": "0.01", "limit_price": "20000"})
}

/// Rows that a write would leave behind.
const ROWS: &str =
    "select (select count(*) from trading.orders) + (select count(*) from trading.bots)
    + (select count(*) from trading.bot_events) + (select count(*) from trading.exchange_keys)
    + (select count(*) from trading.order_events) + (select count(*) from platform.audit)
    + (select count(*) from platform.tasks) + (select count(*) from platform.outbox)
    + (select count(*) from platform.idempotency) + (select count(*) from trading.backtests)
    + (select count(*) from trading.key_lanes where leased_until > platform.now())";

#[tokio::test]
async fn no_write_is_done_for_a_credential_that_was_revoked() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let key = stage.connected(user, &stage.key(&TRADING)).await;
    let order = stage.order(user, limit()).await;
    let made = stage.call(user, Method::POST, BOTS, Some(dca())).await;
    let made = made.body["id"].as_str().unwrap().to_owned();
    let another = stage.key(&TRADING);
    let replacement = json!({"api_key": another.api_key, "api_secret": another.api_secret});
    let writes = [
        (Method::POST, ORDERS.to_owned(), Some(limit())),
        (Method::DELETE, format!("{ORDERS}/{order}"), None),
        (Method::POST, BOTS.to_owned(), Some(dca())),
        (
            Method::PATCH,
            format!("{BOTS}/{made}"),
            Some(json!({"name": "Mine"})),
        ),
        (Method::DELETE, format!("{BOTS}/{made}"), None),
        (Method::POST, format!("{BOTS}/{made}/start"), None),
        (Method::POST, format!("{BOTS}/{made}/stop"), None),
        (Method::POST, format!("{BOTS}/{made}/trigger"), None),
        (
            Method::POST,
            "/api/v1/trading/backtests".to_owned(),
            Some(
                json!({"strategy": "dca", "pair": "XBTUSD", "funds": "1000", "params": {"quote_amount": "50"}}),
            ),
        ),
        (Method::POST, KEYS.to_owned(), Some(body(&another))),
        (
            Method::POST,
            format!("{KEYS}/{key}/replace"),
            Some(replacement),
        ),
        (
            Method::PATCH,
            format!("{KEYS}/{key}"),
            Some(json!({"max_order_value": null, "label": "Mine"})),
        ),
        (Method::DELETE, format!("{KEYS}/{key}"), None),
    ];
    let session = format!("select identity.close_session('{user}')");
    let account = "update identity.sessions set ended_at = null;
        update identity.accounts set disabled_at = platform.now()";
    let subject = format!(
        "update identity.accounts set disabled_at = null;
         insert into identity.revocations (kind, id, revoked_at) values ('subject', '{user}', platform.now())"
    );
    for revoke in [session.as_str(), account, subject.as_str()] {
        stage.sql.batch_execute(revoke).await.unwrap();
        let before = stage.count(ROWS).await;
        for (method, path, body) in &writes {
            let answer = stage.call(user, method.clone(), path, body.clone()).await;
            assert_eq!(
                answer.problem(),
                (401, "unauthorized"),
                "{revoke}: {method} {path}: {}",
                answer.text
            );
            assert_eq!(
                answer.header(header::WWW_AUTHENTICATE),
                "Bearer error=\"invalid_token\""
            );
        }
        assert_eq!(stage.count(ROWS).await, before, "{revoke}");
        let read = stage.call(user, Method::GET, ORDERS, None).await;
        assert_eq!(read.status, 200, "reads go by the snapshot");
    }
    let back = format!("delete from identity.revocations where id = '{user}'");
    stage.sql.batch_execute(&back).await.unwrap();
    stage.order(user, limit()).await;
}

/// A connection beside the stage's own.
async fn connect(stage: &Stage) -> Client {
    let (client, connection) = tokio_postgres::connect(&stage.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn an_order_waits_for_a_revocation_that_is_under_way_and_is_refused() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    stage.order(user, limit()).await;
    let mut connection = connect(&stage).await;
    let revocation = connection.transaction().await.unwrap();
    revocation
        .batch_execute(&format!("select identity.close_session('{user}')"))
        .await
        .unwrap();
    let commit = async {
        let waits = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        while stage.count(waits).await == 0 {
            tokio::task::yield_now().await;
        }
        revocation.commit().await.unwrap();
    };
    let order = stage.call(user, Method::POST, ORDERS, Some(limit()));
    let (answer, ()) = join(order, commit).await;
    assert_eq!(answer.problem(), (401, "unauthorized"));
    assert_eq!(stage.count("select count(*) from trading.orders").await, 1);
}

#[tokio::test]
async fn twenty_orders_and_a_revocation_leave_none_that_came_after_it() {
    const ORDERED: &str = "select count(*) from trading.orders";
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    stage.order(user, limit()).await;
    let revoking = connect(&stage).await;
    let revoke = async {
        while stage.count(ORDERED).await < 3 {
            tokio::task::yield_now().await;
        }
        revoking
            .batch_execute(&format!("select identity.close_session('{user}')"))
            .await
            .unwrap();
        stage.count(ORDERED).await
    };
    let orders = join_all((0..20).map(|_| stage.call(user, Method::POST, ORDERS, Some(limit()))));
    let (answers, at_revocation) = join(orders, revoke).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    for answer in &answers {
        assert!([202, 401].contains(&answer.status), "{}", answer.text);
    }
    assert_eq!(stage.count(ORDERED).await, at_revocation);
    assert_eq!(i64::try_from(accepted).unwrap() + 1, at_revocation);
    let late = stage.call(user, Method::POST, ORDERS, Some(limit())).await;
    assert_eq!(late.status, 401);
}
