//! Runs against a real server, each test in a database of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::OnceLock;

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
