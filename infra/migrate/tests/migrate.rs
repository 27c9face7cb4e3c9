//! Runs against a real server, each test in a database of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use spindle_migrate::{APP_ROLE, Schema, Settings, SqlFile, migrate};
use spindle_postgres::Server;
use tokio_postgres::{Client, NoTls};

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start_ephemeral().unwrap())
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The owner's address of a new database.
async fn database(name: &str) -> String {
    connect(&server().url("postgres"))
        .await
        .batch_execute(&format!("create database {name}"))
        .await
        .unwrap();
    server().url(name)
}

fn small() -> Schema {
    Schema {
        migrations: vec![
            SqlFile::new(
                "infra/migrations/V1__notes.sql",
                "create table notes (id bigint primary key);",
            ),
            SqlFile::new(
                "infra/migrations/V2__colour.sql",
                "alter table notes add column colour text;",
            ),
        ],
        functions: vec![SqlFile::new(
            "crates/notes/sql/functions/first.sql",
            // Calls what comes later: bodies aren't checked while functions are applied.
            "create or replace function first() returns int language sql as 'select second()';\n\
             create or replace function second() returns int language sql as 'select 2';",
        )],
        grants: vec![SqlFile::new(
            "infra/migrations/grants.sql",
            "grant select on notes to spindle_app;",
        )],
    }
}

#[tokio::test]
async fn the_second_run_applies_nothing() {
    let url = database("second_run").await;
    let first = migrate(&url, &small(), &Settings::default()).await.unwrap();
    assert_eq!(first.applied, ["V1__notes", "V2__colour"]);
    let second = migrate(&url, &small(), &Settings::default()).await.unwrap();
    assert!(second.applied.is_empty());
    let value: i32 = connect(&url)
        .await
        .query_one("select first()", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(value, 2);
}

#[tokio::test]
async fn parallel_runs_apply_each_migration_once() {
    let url = database("parallel_runs").await;
    let schema = small();
    let run = || async {
        migrate(
            &url,
            &schema,
            &Settings {
                app_password: Some("same".into()),
                ..Settings::default()
            },
        )
        .await
        .unwrap()
    };
    let reports = tokio::join!(run(), run(), run(), run());
    let applied: usize = [reports.0, reports.1, reports.2, reports.3]
        .iter()
        .map(|report| report.applied.len())
        .sum();
    assert_eq!(applied, 2);
}

#[tokio::test]
async fn runs_on_two_databases_of_one_server_share_the_role() {
    let (left, right) = (database("left_half").await, database("right_half").await);
    let schema = small();
    for round in 0..5 {
        let settings = Settings {
            app_password: Some(format!("round {round}")),
            ..Settings::default()
        };
        let (left, right) = tokio::join!(
            migrate(&left, &schema, &settings),
            migrate(&right, &schema, &settings)
        );
        left.unwrap();
        right.unwrap();
    }
}

#[tokio::test]
async fn an_edited_migration_is_refused() {
    let url = database("edited").await;
    migrate(&url, &small(), &Settings::default()).await.unwrap();
    let mut edited = small();
    edited.migrations[0].sql.push_str(" -- a harmless remark");
    let refused = format!(
        "{:#}",
        migrate(&url, &edited, &Settings::default())
            .await
            .unwrap_err()
    );
    assert!(
        refused.contains("never edited") && refused.contains("V1__notes"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_failing_migration_is_undone_and_those_before_it_stay() {
    let url = database("failing").await;
    let mut schema = small();
    schema.migrations[1].sql = "alter table notes add column colour text; select 1 / 0;".into();
    let failed = format!(
        "{:#}",
        migrate(&url, &schema, &Settings::default())
            .await
            .unwrap_err()
    );
    assert!(
        failed.contains("V2__colour") && failed.contains("division by zero"),
        "{failed}"
    );
    let report = migrate(&url, &small(), &Settings::default()).await.unwrap();
    assert_eq!(report.applied, ["V2__colour"]);
}

#[tokio::test]
async fn a_broken_function_is_named_with_file_and_line_and_none_is_applied() {
    let url = database("broken").await;
    let mut schema = small();
    schema.functions.push(SqlFile::new(
        "crates/notes/sql/functions/third.sql",
        "create or replace function\n  third() returns int langage sql as '';",
    ));
    let failed = format!(
        "{:#}",
        migrate(&url, &schema, &Settings::default())
            .await
            .unwrap_err()
    );
    assert!(
        failed.contains("third.sql:2") && failed.contains("langage"),
        "{failed}"
    );
    assert!(
        connect(&url)
            .await
            .query_one("select first()", &[])
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_application_can_log_in_and_has_its_time_outs_but_no_right_to_change_the_schema() {
    let url = database("application").await;
    let settings = Settings {
        app_password: Some("it's secret".into()),
        ..Settings::default()
    };
    migrate(&url, &Schema::embedded(), &settings).await.unwrap();
    let owner = connect(&url).await;
    let role = owner
        .query_one(
            "select rolcanlogin, rolsuper from pg_roles where rolname = $1",
            &[&APP_ROLE],
        )
        .await
        .unwrap();
    assert_eq!(
        (role.get::<_, bool>(0), role.get::<_, bool>(1)),
        (true, false)
    );

    let app =
        connect(&url.replace("postgres://postgres@", &format!("postgres://{APP_ROLE}@"))).await;
    for (name, value) in [
        ("jit", "off"),
        ("statement_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ] {
        let set: String = app
            .query_one("select current_setting($1)", &[&name])
            .await
            .unwrap()
            .get(0);
        assert_eq!(set, value, "{name}");
    }
    for forbidden in [
        "create table platform.mine (id int)",
        "create schema mine",
        "update platform.outbox set type = ''",
        "delete from platform.audit",
    ] {
        let refused = app.batch_execute(forbidden).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE),
            "{forbidden}"
        );
    }
}

/// Writes an event and a record, each in a transaction of its own.
async fn write(client: &Client, number: i32) {
    client
        .batch_execute(&format!(
            "select platform.emit('{{}}', 'blog.events', 'post-{number}', 'post.published', '{{\"n\": {number}}}');
             select platform.record('{{\"actor\": \"test\"}}', 'test.done', 'post', 'post-{number}')"
        ))
        .await
        .unwrap();
}

/// The numbers of the events that a consumer who begins anew is given.
async fn read(client: &Client, consumer: &str) -> Vec<i64> {
    let answer: String = client
        .query_one(
            "select platform.read_events($1, array['blog.events'], '00000000-0000-7000-8000-000000000001', 100, 60000)",
            &[&consumer],
        )
        .await
        .unwrap()
        .get(0);
    let numbers = client
        .query_one(
            "select coalesce(array_agg((e -> 'payload' -> 'data' ->> 'n')::int8 order by o), '{}')
             from json_array_elements($1::text::json -> 'events') with ordinality as t (e, o)",
            &[&answer],
        )
        .await
        .unwrap();
    numbers.get(0)
}

#[tokio::test]
async fn a_database_that_a_dump_brought_from_a_busier_server_goes_on_in_order() {
    let url = database("from_a_dump").await;
    let settings = Settings::default();
    migrate(&url, &Schema::embedded(), &settings).await.unwrap();
    let owner = connect(&url).await;
    write(&owner, 1).await;
    // What a dump leaves behind: rows that name transactions which this server has not had, some of them sealed already.
    owner
        .batch_execute(
            "update platform.outbox set xid = (xid::text::int8 + 1000000000)::text::xid8;
             alter table platform.audit disable trigger audit_append_only;
             update platform.audit set xid = (xid::text::int8 + 1000000000)::text::xid8;
             alter table platform.audit enable trigger audit_append_only",
        )
        .await
        .unwrap();
    assert_eq!(read(&owner, "before").await, [0_i64; 0], "the danger");

    let report = migrate(&url, &Schema::embedded(), &settings).await.unwrap();
    assert!(report.came_from_elsewhere);
    write(&owner, 2).await;
    // Transactions of other tests on this server hold new rows back for a moment.
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let events = read(&owner, "after").await;
        let sealed: i64 = owner
            .query_one(
                "select (platform.seal_audit(100) ->> 'position')::int8",
                &[],
            )
            .await
            .unwrap()
            .get(0);
        if events.len() == 2 && sealed == 2 {
            assert_eq!(events, [1, 2]);
            break;
        }
        assert!(Instant::now() < deadline, "{events:?}, {sealed} sealed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let faults: String = owner
        .query_one("select platform.verify_audit(0, 100) ->> 'faults'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(faults, "[]");

    // It is done once; and a number that no server reaches, which the application's role could write, changes nothing.
    owner
        .batch_execute(
            "update platform.outbox set xid = '18446744073709551615' where aggregateid = 'post-2'",
        )
        .await
        .unwrap();
    let again = migrate(&url, &Schema::embedded(), &settings).await.unwrap();
    assert!(!again.came_from_elsewhere);
}

#[tokio::test]
async fn a_database_at_home_is_left_as_it_is_however_much_is_written_meanwhile() {
    let url = database("at_home").await;
    let settings = Settings::default();
    let first = migrate(&url, &Schema::embedded(), &settings).await.unwrap();
    assert!(!first.came_from_elsewhere);
    let writer = connect(&url).await;
    let writing = async {
        for number in 0..200 {
            write(&writer, number).await;
        }
    };
    let schema = Schema::embedded();
    let (report, ()) = tokio::join!(migrate(&url, &schema, &settings), writing);
    assert!(!report.unwrap().came_from_elsewhere);
    let offset: i64 = writer
        .query_one("select platform.transaction_offset()", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(offset, 0);
}
