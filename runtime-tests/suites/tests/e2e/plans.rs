//! No request scans a large table: all other files of this suite are run once more, against an app whose tables are full and
//! whose every statement, those inside of functions too, is explained to the server's log with the generic plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use spindle_harness::{App, Database, Options};
use spindle_postgres::Server;
use spindle_suites::skipped;
use tokio_postgres::Client;

/// Rows in each table: enough that an index costs the planner less than reading all.
const ROWS: usize = 3_000;
/// Rows in a table that is joined with a list, JSON or array, which the planner takes for a hundred elements.
const ROWS_OF_LISTED: usize = 8_000;
/// Those tables.
const LISTED: &[&str] = &["blog.posts", "blog.search_entries"];

/// Tables that stay as small as they are, however many users there are, so that reading all of one is right.
const SMALL: &[(&str, &str)] = &[
    ("identity.signing_keys", "a handful, rotated"),
    ("identity.hash_slots", "one for each core"),
    ("identity.hash_queue", "who waits for a slot now"),
    ("identity.roles", "those that an administrator made"),
    (
        "identity.role_permissions",
        "those that an administrator made",
    ),
    ("identity.permissions", "those that the code knows"),
    ("platform.audit_chain", "one row"),
    ("platform.mailbox", "development's, 5,000 at most"),
    ("platform.schedules", "those that the code declares"),
    ("platform.consumers", "those that the code declares"),
    ("public.refinery_schema_history", "one for each migration"),
];

/// What a column holds that is not made up by its type: rows that are in nobody's way.
const PARTICULAR: &[(&str, &str, &str)] = &[
    ("platform.tasks", "state", "'done'"),
    ("trading.bots", "state", "'stopped'"),
];

/// Tests that take long without a statement that others have not: of a second run of all, they were a fifth.
const MANY_TIMES_THE_SAME: &[&str] = &[
    "order::no_order_is_taken_after_a_logout",
    "account::thirty_two_parallel_logins",
    "account::health_answers_while_passwords",
    "post::fifty_equal_titles",
    "session::twenty_parallel_registrations",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_request_reads_all_of_a_large_table() {
    if skipped() {
        return;
    }
    // Without autovacuum: on a slow machine it would come by and gather other statistics, from tables that a clean-up has emptied.
    let server = Server::start_for_tests().unwrap();
    let database = Database::create(&server.url("postgres")).await.unwrap();
    let owner = database.connect().await.unwrap();
    let filled = fill(&owner).await;
    assert!(filled > 10, "only {filled} tables filled");
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_nested_statements = on",
        "plan_cache_mode = force_generic_plan",
    ] {
        let name = &database.name;
        owner
            .batch_execute(&format!(
                "alter role spindle_app in database {name} set {setting}"
            ))
            .await
            .unwrap();
    }
    let app = App::start(Options {
        server: Some(server.url("postgres")),
        database: Some(database),
        ..Options::default()
    })
    .await;
    // What the tests say is of no interest here: they meet rows that nobody wrote.
    Command::new(std::env::current_exe().unwrap())
        .args(["--skip", "plans::", "--skip", "every_route::"])
        .args(["--skip", "cold_instance::"])
        .args(MANY_TIMES_THE_SAME.iter().flat_map(|name| ["--skip", name]))
        .env("SPINDLE_BASE_URL", app.base_url())
        .env("SPINDLE_SIMULATOR_URL", app.simulator_url().unwrap())
        .env("SPINDLE_TEST_PATIENCE", "30")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    drop(app);
    let (statements, scans) = scans(&server.directory().join("server.log"));
    assert!(
        statements > 800,
        "only {statements} statements were explained"
    );
    // A plan names tables without their schemas, unless it is to hold much more of what nobody reads.
    let small: Vec<_> = SMALL
        .iter()
        .filter_map(|(name, _)| Some(name.split_once('.')?.1))
        .collect();
    let scans: Vec<_> = scans
        .into_iter()
        .filter(|(table, _)| !table.starts_with("pg_"))
        .filter(|(table, _)| !small.contains(&table.as_str()))
        .map(|(table, statements)| {
            format!(
                "{table}:\n  {}",
                statements.into_iter().collect::<Vec<_>>().join("\n  ")
            )
        })
        .collect();
    assert!(
        scans.is_empty(),
        "tables read from end to end by:\n{}",
        scans.join("\n")
    );
}

/// Fills every table that is not small with rows that fit it, and gathers statistics. Returns how many were filled.
async fn fill(owner: &Client) -> usize {
    let columns = owner
        .query(
            "select n.nspname || '.' || c.relname, a.attname, t.typname, t.typcategory::text, a.attnotnull,
                    (select pg_get_constraintdef(k.oid) from pg_constraint k
                      where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
                        and pg_get_constraintdef(k.oid) like '%ANY (ARRAY[%' limit 1),
                    format_type(t.oid, null)
               from pg_class c
               join pg_namespace n on n.oid = c.relnamespace
               join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
               join pg_type t on t.oid = a.atttypid
              where c.relkind = 'r' and a.attgenerated = '' and a.attidentity = ''
                and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
              order by c.oid, a.attnum",
            &[],
        )
        .await
        .unwrap();
    let mut tables: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in columns {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        if SMALL.iter().any(|(small, _)| *small == table) {
            continue;
        }
        let values: Option<String> = row.get(5);
        let particular = PARTICULAR
            .iter()
            .find(|(of, name, _)| *of == table && *name == column)
            .map(|(_, _, value)| (*value).to_owned());
        let value = particular.unwrap_or_else(|| {
            let value = sample(row.get(2), row.get(3), values.as_deref());
            if row.get::<_, bool>(4) {
                value
            } else {
                format!(
                    "case when i % 2 = 0 then ({value})::{} end",
                    row.get::<_, String>(6)
                )
            }
        });
        tables.entry(table).or_default().push((column, value));
    }
    let checks = owner
        .query(
            "select conrelid::regclass::text, conname from pg_constraint k join pg_namespace n on n.oid = k.connamespace
              where k.contype = 'c' and k.conrelid <> 0 and n.nspname not in ('pg_catalog', 'information_schema')",
            &[],
        )
        .await
        .unwrap();
    for check in checks {
        let (table, name): (String, String) = (check.get(0), check.get(1));
        owner
            .batch_execute(&format!("alter table {table} drop constraint \"{name}\""))
            .await
            .unwrap();
    }
    // Neither foreign keys nor triggers look at these rows; the app's own statements still meet both.
    owner
        .batch_execute("set session_replication_role = replica")
        .await
        .unwrap();
    for (table, columns) in &tables {
        let names: Vec<_> = columns
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        let values: Vec<_> = columns.iter().map(|(_, value)| value.as_str()).collect();
        let rows = if LISTED.contains(&table.as_str()) {
            ROWS_OF_LISTED
        } else {
            ROWS
        };
        let sql = format!(
            "insert into {table} ({}) select {} from generate_series(1, {rows}) i on conflict do nothing",
            names.join(", "),
            values.join(", ")
        );
        if let Err(error) = owner.batch_execute(&sql).await {
            panic!("{sql}: {error:?}");
        }
    }
    owner.batch_execute("analyze").await.unwrap();
    tables.len()
}

/// SQL for the value of row `i`.
fn sample(kind: &str, category: &str, values: Option<&str>) -> String {
    // A check like `state = ANY (ARRAY['queued'::text, 'done'::text])` tells what a column may hold.
    if let Some(values) = values {
        let values: Vec<&str> = values.split('\'').skip(1).step_by(2).collect();
        return format!(
            "(array['{}'])[1 + i % {}]",
            values.join("','"),
            values.len()
        );
    }
    match (kind, category) {
        ("uuid", _) => "md5(i::text)::uuid".to_owned(),
        ("bool", _) => "i % 2 = 0".to_owned(),
        ("bytea", _) => "decode(md5(i::text), 'hex')".to_owned(),
        ("jsonb" | "json", _) => "'{}'".to_owned(),
        ("timestamptz", _) => "now() - i * interval '1 minute'".to_owned(),
        ("date", _) => "current_date - i % 365".to_owned(),
        ("interval", _) => "i * interval '1 second'".to_owned(),
        ("tsvector", _) => "to_tsvector('simple', 'word' || i)".to_owned(),
        ("inet", _) => "('10.0.0.0'::inet + i)".to_owned(),
        ("xid8", _) => "i::text::xid8".to_owned(),
        ("int2", _) => "i % 1000".to_owned(),
        (kind, "A") => format!("('{{}}')::{kind}"),
        (_, "N") => "i".to_owned(),
        _ => "md5(i::text)".to_owned(),
    }
}

/// How many different statements the log explains, and those that read all of a table, by table.
fn scans(log: &Path) -> (usize, BTreeMap<String, BTreeSet<String>>) {
    let log = std::fs::read(log).unwrap();
    let log = String::from_utf8_lossy(&log);
    let mut statements = BTreeSet::new();
    let mut scans: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        if !(line.contains("duration: ") && line.ends_with("plan:")) {
            continue;
        }
        let mut rest = std::iter::from_fn(|| lines.next_if(|line| line.starts_with('\t')));
        let (mut statement, mut node) = (String::new(), None);
        for line in rest.by_ref() {
            if line.contains("(cost=") {
                node = Some(line);
                break;
            }
            for word in line.split_ascii_whitespace() {
                statement.push_str(word);
                statement.push(' ');
            }
        }
        let mut plan = node.into_iter().chain(rest).peekable();
        while let Some(line) = plan.next() {
            let Some((_, named)) = line.split_once("Seq Scan on ") else {
                continue;
            };
            let table = named.split(' ').next().unwrap_or("?").to_owned();
            let filter = plan
                .next_if(|line| line.trim_start().starts_with("Filter: "))
                .map_or("everything", str::trim);
            let statement: String = statement.chars().take(300).collect();
            scans
                .entry(table)
                .or_default()
                .insert(format!("{statement} [{filter}]"));
        }
        statements.insert(statement);
    }
    (statements.len(), scans)
}
