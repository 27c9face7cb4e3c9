//! Every statement of every service, prepared against the migrated schema by the application's role.

#![expect(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use std::path::{Path, PathBuf};

use spindle_harness::{App, Options};
use spindle_suites::skipped;
use tokio_postgres::NoTls;

fn statements() -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    let mut found = Vec::new();
    for service in std::fs::read_dir(crates).unwrap() {
        let Ok(files) = std::fs::read_dir(service.unwrap().path().join("sql")) else {
            continue;
        };
        found.extend(
            files
                .map(|file| file.unwrap().path())
                .filter(|path| path.extension().is_some_and(|e| e == "sql")),
        );
    }
    found.sort();
    found
}

#[tokio::test]
async fn every_statement_prepares() {
    if skipped() {
        return;
    }
    let app = App::start(Options::default()).await;
    let (client, connection) = tokio_postgres::connect(&app.database().unwrap().app_url(), NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let files = statements();
    assert!(files.len() > 20, "only {} statements found", files.len());
    for file in files {
        let sql = std::fs::read_to_string(&file).unwrap();
        if let Err(error) = client.prepare(&sql).await {
            panic!("{}: {error:?}", file.display());
        }
    }
}

/// What run-books and the pages of operations tell people to ask the database.
fn told() -> Vec<(PathBuf, String)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut found = Vec::new();
    for folder in ["runbooks", "operations"] {
        for page in std::fs::read_dir(docs.join(folder)).unwrap() {
            let page = page.unwrap().path();
            let text = std::fs::read_to_string(&page).unwrap();
            let statements = text
                .split('`')
                .skip(1)
                .step_by(2)
                .map(|words| words.strip_prefix("sql\n").unwrap_or(words).trim())
                .filter(|words| words.starts_with("select ") || words.starts_with("explain "))
                // Of an extension, which not every server has.
                .filter(|words| !words.contains("pg_stat_statements"));
            found.extend(statements.map(|words| (page.clone(), words.to_owned())));
        }
    }
    found
}

#[tokio::test]
async fn every_statement_that_a_page_tells_prepares() {
    if skipped() {
        return;
    }
    let app = App::start(Options::default()).await;
    let client = app.database().unwrap().connect().await.unwrap();
    let told = told();
    assert!(told.len() > 15, "{told:?}");
    for (page, sql) in told {
        if let Err(error) = client.prepare(&sql).await {
            panic!("{}: {sql}: {error:?}", page.display());
        }
    }
}

#[tokio::test]
async fn the_application_can_neither_change_the_schema_nor_rewrite_history() {
    if App::is_foreign() {
        return;
    }
    let app = App::start(Options::default()).await;
    let (client, connection) = tokio_postgres::connect(&app.database().unwrap().app_url(), NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    for sql in [
        "create table blog.x (a int)",
        "drop table blog.posts",
        "update platform.audit set actor = 'x'",
        "delete from platform.audit",
        "update platform.outbox set type = 'x'",
        "delete from platform.outbox",
        "truncate platform.audit",
        "update platform.audit_personal set personal = '{}'",
        "update trading.order_events set type = 'x'",
        "delete from trading.order_events",
        "update trading.fills set volume = 0",
        "delete from trading.fills",
        "update trading.bot_events set type = 'x'",
        "delete from trading.bot_events",
    ] {
        let error = client.batch_execute(sql).await.unwrap_err();
        assert_eq!(
            error.code().map(|code| code.code()),
            Some("42501"),
            "{sql}: {error}"
        );
    }
}

#[test]
fn no_statement_reads_the_servers_clock_or_begins_a_transaction() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    let mut files = statements();
    for service in std::fs::read_dir(crates).unwrap() {
        if let Ok(functions) = std::fs::read_dir(service.unwrap().path().join("sql/functions")) {
            files.extend(functions.map(|file| file.unwrap().path()));
        }
    }
    for file in files {
        if file.ends_with("platform/sql/functions/now.sql") {
            continue;
        }
        let sql = std::fs::read_to_string(&file).unwrap().to_lowercase();
        let code: String = sql
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n");
        let clock = code.replace("platform.now()", "");
        assert!(
            !clock.contains("now()"),
            "{} says now(); say platform.now()",
            file.display()
        );
        assert!(
            !code.contains("current_timestamp"),
            "{} reads the server's clock",
            file.display()
        );
        assert!(
            !code.contains("begin;") && !code.contains("start transaction"),
            "{} begins a transaction",
            file.display()
        );
    }
}
