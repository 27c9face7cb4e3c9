//! The database as guests see it, and how connections come back.

use std::time::Duration;

use serde_json::json;

use crate::app::{App, Setup, all};
use crate::database::Database;

const INSERT: &str = "sql=insert+into+notes+values+('lost')";

async fn app(database: &Database, change: impl FnOnce(&mut spindle_host::Options)) -> App {
    Setup::new()
        .database(&database.url, &database.host)
        .options(change)
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_type_comes_back_as_it_was_sent() {
    let database = Database::new().await;
    let app = app(&database, |_| {}).await;
    for case in app.json("/types").await.as_array().unwrap() {
        // Normal forms that the server gives: `(0.5,1.5]` stays, `[1,5)` stays, an unbounded end stays.
        let expected = match case[0].as_str().unwrap() {
            // Numbers of a document are read as numbers, as in Spin: 2.50 becomes 2.5.
            "jsonb" => {
                "Jsonb([123, 34, 97, 34, 58, 32, 91, 49, 44, 32, 50, 46, 53, 44, 32, 110, 117, 108, 108, 93, 125])"
            }
            _ => case[1].as_str().unwrap(),
        };
        assert_eq!(case[2], expected, "{}", case[0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_spin_cannot_read_or_bind_fails_here_too() {
    let database = Database::new().await;
    let app = app(&database, |_| {}).await;
    for (query, part) in [
        ("sql=select+now()", "error deserializing column 0"),
        ("sql=select+$1::timestamptz&parameter=datetime:", "ToSql(0)"),
        (
            "sql=select+$1::uuid&parameter=str:018f4e9c-7b1a-7000-8000-000000000001",
            "ToSql(0)",
        ),
        ("sql=select+$1::int8&parameter=int32:1", "ToSql(0)"),
        ("sql=select+$1::int4", "Parameters(0, 1)"),
        (
            "sql=select+$1::text&parameter=uuid:nonsense",
            "BadParameter",
        ),
        ("sql=select+1;+select+2", "42601"),
    ] {
        let (status, body) = app.get(&format!("/query?{query}")).await;
        assert!(
            status == 418 && body.contains(part),
            "{query}: {status} {body}"
        );
    }
    // Whole seconds bind to a timestamptz.
    let answer = app.json("/query?sql=select+extract(epoch+from+$1::timestamptz)::int8&parameter=timestamp:1700000000").await;
    assert_eq!(answer["rows"], json!([["Int64(1700000000)"]]));
    let answer = app.json("/query?sql=select+'10.0.0.1'::inet").await;
    assert_eq!(answer["columns"][0][1], "Other(\"inet\")");
    assert!(
        answer["rows"][0][0]
            .as_str()
            .unwrap()
            .starts_with("Unsupported(")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_keep_their_order_and_an_empty_result_has_no_columns() {
    let database = Database::new().await;
    let app = app(&database, |_| {}).await;
    assert_eq!(
        app.json("/query?sql=select+1+where+false").await,
        json!({"columns": [], "rows": []})
    );
    // More than one batch, so both ways of delivery are used.
    let answer = app
        .json("/query?sql=select+n::int4+from+generate_series(1,1000)+n")
        .await;
    let rows: Vec<_> = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[0].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        rows,
        (1..=1000)
            .map(|n| format!("Int32({n})"))
            .collect::<Vec<_>>()
    );
    // An error after rows were sent reaches the result.
    let (status, body) = app
        .get("/query?sql=select+1/(500-n)+from+generate_series(1,1000)+n")
        .await;
    assert!(status == 418 && body.contains("22012"), "{status} {body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_error_has_its_code_and_its_constraint() {
    let database = Database::new().await;
    database
        .client
        .batch_execute("create table t (a int constraint a_is_positive check (a > 0))")
        .await
        .unwrap();
    let app = app(&database, |_| {}).await;
    let (_, body) = app.get("/execute?sql=insert+into+t+values+(-1)").await;
    assert!(
        body.contains("23514") && body.contains("a_is_positive") && body.contains("\"constraint\""),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_statements_of_one_connection_run_together() {
    let database = Database::new().await;
    let app = app(&database, |_| {}).await;
    assert_eq!(
        app.json("/pipeline").await,
        json!((0..16).map(|n| n * 2).collect::<Vec<_>>())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_is_prepared_once_per_connection_and_survives_a_change_of_its_table() {
    let database = Database::new().await;
    let app = app(&database, |options| options.max_instances = 1).await;
    database
        .client
        .batch_execute("create table t (a int); insert into t values (1)")
        .await
        .unwrap();
    let query = "/query-kept?sql=select+*+from+t";
    assert_eq!(app.json(query).await["rows"], json!([["Int32(1)"]]));
    let prepared = "/query-kept?sql=select+count(*)+from+pg_prepared_statements+where+statement+%3D+'select+*+from+t'";
    assert_eq!(app.json(query).await["rows"], json!([["Int32(1)"]]));
    assert_eq!(app.json(prepared).await["rows"], json!([["Int64(1)"]]));
    database
        .client
        .batch_execute("alter table t add b text default 'new'")
        .await
        .unwrap();
    assert_eq!(
        app.json(query).await["rows"],
        json!([["Int32(1)", "Str(\"new\")"]])
    );
}

/// The connection that was left inside a transaction is closed or rolled back, and the next borrower's write is kept.
async fn assert_recovered(app: &App, database: &Database) {
    database
        .sessions_until("free of open transactions", |sessions| {
            sessions.iter().all(|(_, state)| state == "idle")
        })
        .await;
    assert_eq!(
        database.notes().await,
        0,
        "the write of the broken transaction was kept"
    );
    assert_eq!(
        app.text("/execute?sql=insert+into+notes+values+('kept')")
            .await,
        "1"
    );
    assert_eq!(
        database.notes().await,
        1,
        "the next borrower's write was lost"
    );
    let outside = app
        .json("/query?sql=select+pg_current_xact_id_if_assigned()+is+null")
        .await;
    assert_eq!(outside["rows"], json!([["Boolean(true)"]]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_returned_inside_a_transaction_is_rolled_back() {
    let database = Database::new().await;
    // One connection in all: the next borrower gets the same.
    let app = app(&database, |options| options.max_instances = 1).await;
    assert_eq!(
        app.text(&format!("/begin-and-return?{INSERT}")).await,
        "returned inside a transaction"
    );
    assert_recovered(&app, &database).await;
    assert_eq!(
        database.sessions().await.len(),
        1,
        "a connection that could be cleaned was thrown away"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_transaction_costs_the_connection() {
    let database = Database::new().await;
    let app = app(&database, |options| options.max_instances = 1).await;
    let (status, _) = app.get("/begin-and-return?sql=select+1/0").await;
    assert_eq!(status, 418);
    assert_recovered(&app, &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_traps_between_two_statements_leaves_no_transaction() {
    let database = Database::new().await;
    let app = app(&database, |options| options.max_instances = 1).await;
    assert_eq!(app.get(&format!("/begin-and-trap?{INSERT}")).await.0, 500);
    assert_recovered(&app, &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_is_cancelled_between_two_statements_leaves_no_transaction() {
    let database = Database::new().await;
    for deed in ["begin-and-wait", "begin-and-spin"] {
        let app = app(&database, |options| {
            options.max_instances = 1;
            // Enough for a busy machine to begin, and to be seen.
            options.request_timeout = Duration::from_secs(3).into();
        })
        .await;
        let path = format!("/{deed}?{INSERT}");
        let cancelled = app.get(&path);
        let seen = database.sessions_until("inside a transaction", |sessions| {
            sessions
                .iter()
                .any(|(_, state)| state == "idle in transaction")
        });
        let ((status, _), _) = tokio::join!(cancelled, seen);
        assert_eq!(status, 504, "{deed}");
        assert_recovered(&app, &database).await;
        database
            .client
            .batch_execute("delete from notes")
            .await
            .unwrap();
        app.host.shutdown().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_is_cancelled_within_a_statement_stops_it() {
    let database = Database::new().await;
    let app = app(&database, |options| {
        options.max_instances = 1;
        options.request_timeout = Duration::from_secs(3).into();
    })
    .await;
    assert_eq!(
        app.get("/query?sql=select+1+from+pg_sleep(600)").await.0,
        504
    );
    database
        .sessions_until("free of the sleeping statement", |sessions| {
            sessions.iter().all(|(_, state)| state == "idle")
        })
        .await;
    assert_recovered(&app, &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_of_one_borrower_are_not_seen_by_the_next() {
    let database = Database::new().await;
    let app = app(&database, |options| options.max_instances = 1).await;
    app.text("/execute?sql=set+application_name+%3D+'spindle'")
        .await;
    app.text("/execute?sql=set+statement_timeout+%3D+'7s'")
        .await;
    let answer = app
        .json("/query?sql=select+current_setting('statement_timeout')")
        .await;
    assert_ne!(answer["rows"], json!([["Str(\"7s\")"]]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_a_connection_ends_after_two_seconds() {
    let database = Database::new().await;
    let app = app(&database, |options| options.max_instances = 1).await;
    let start = tokio::time::Instant::now();
    let held = app.get("/query?sql=select+1+from+pg_sleep(10)");
    let (held, ((status, body), refused)) = tokio::join!(held, async {
        database
            .sessions_until("held", |sessions| {
                sessions.iter().any(|(_, state)| state == "active")
            })
            .await;
        (app.get("/query?sql=select+1").await, start.elapsed())
    });
    assert_eq!(held.0, 200, "{}", held.1);
    assert!(
        status == 418 && body.contains("ConnectionFailed") && body.contains("within 2s"),
        "{status} {body}"
    );
    assert!(refused < Duration::from_secs(10), "{refused:?}");
    assert_eq!(app.get("/query?sql=select+1").await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_an_error_and_its_return_is_noticed() {
    let database = Database::new().await;
    let app = app(&database, |_| {}).await;
    assert_eq!(app.get("/query?sql=select+1").await.0, 200);
    // The server ends every connection, as when it restarts; pooled ones are dead.
    database.end_sessions().await;
    let answers = all((0..5).map(|_| app.get("/query?sql=select+1"))).await;
    assert!(
        answers.iter().any(|(status, _)| *status == 200),
        "{answers:?}"
    );
    assert_eq!(app.get("/query?sql=select+1").await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_not_allowed_is_refused_before_connecting() {
    let database = Database::new().await;
    let app = app(&database, |_| {}).await;
    let answer = app
        .text("/open-at?address=postgres://u@10.255.255.1/x")
        .await;
    assert!(
        answer.contains("not permitted") && answer.contains("allowed_outbound_hosts"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cold_burst_shares_the_connections() {
    let database = Database::new().await;
    let app = app(&database, |options| options.max_instances = 8).await;
    let answers = all((0..200).map(|_| app.get("/query-kept?sql=select+1"))).await;
    let failed = answers.iter().find(|(status, _)| *status != 200);
    assert!(failed.is_none(), "{failed:?}");
    assert!(database.sessions().await.len() <= 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_first_requests_of_one_cold_instance_share_its_connection() {
    let database = Database::new().await;
    let app = app(&database, |options| {
        options.max_instances = 1;
        options.max_instance_concurrent_reuse_count = 50.into();
    })
    .await;
    // They wait for each other inside the guest, which no waker of one request may do for another.
    let answers = all((0..50).map(|_| app.get("/query-kept?sql=select+1"))).await;
    let failed = answers.iter().find(|(status, _)| *status != 200);
    assert!(failed.is_none(), "{failed:?}");
    assert_eq!(database.sessions().await.len(), 1);
}
