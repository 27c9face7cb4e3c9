//! A data folder is lost, and comes back from a copy.

use std::{fs, path::Path, process::Command};

use spindle_postgres::{Binaries, Options, Server, back_up, restore};

use crate::make;

/// The programs of this machine, if they can copy: a package may have the server alone.
fn binaries() -> Option<Binaries> {
    let binaries = Binaries::find(None).unwrap();
    let all = ["pg_basebackup", "pg_verifybackup", "psql"]
        .iter()
        .all(|name| binaries.program(name).exists());
    if !all {
        eprintln!("skipped: {} has no pg_basebackup", binaries.source());
    }
    all.then_some(binaries)
}

fn sql(binaries: &Binaries, server: &Server, statement: &str) -> String {
    let mut command: Command = binaries.command("psql");
    command.args([
        "-X",
        "-q",
        "-A",
        "-t",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        statement,
    ]);
    let done = command.arg(server.url("postgres")).output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn start(folder: &Path) -> Server {
    Server::start(&Options::development(folder)).unwrap()
}

/// Starts a server with an empty table.
fn start_with_notes(binaries: &Binaries, folder: &Path) -> Server {
    let server = start(folder);
    sql(binaries, &server, "create table notes (id int primary key)");
    server
}

#[test]
fn nothing_that_was_acknowledged_before_a_backup_is_missing_after_a_restore() {
    let Some(binaries) = binaries() else { return };
    let home = tempfile::tempdir().unwrap();
    let (folder, copy) = (home.path().join("postgres"), home.path().join("copy"));
    let server = start_with_notes(&binaries, &folder);
    sql(
        &binaries,
        &server,
        "insert into notes select generate_series(1, 1000)",
    );
    back_up(&server.url("postgres"), &copy).unwrap();
    sql(&binaries, &server, "insert into notes values (1001)");
    let refused = back_up(&server.url("postgres"), &copy).unwrap_err();
    assert!(refused.to_string().contains("there already"), "{refused}");
    let refused = restore(&folder, &copy).unwrap_err();
    assert!(refused.to_string().contains("running"), "{refused}");
    let data = server.directory().join("data");
    server.stop().unwrap();

    // The disaster.
    fs::remove_dir_all(&data).unwrap();
    assert_eq!(restore(&folder, &copy).unwrap(), None);
    let server = start(&folder);
    assert_eq!(
        sql(&binaries, &server, "select count(*), max(id) from notes"),
        "1000|1000"
    );
    sql(&binaries, &server, "insert into notes values (1001)");
    server.stop().unwrap();

    // Once more over data that is there: it is kept.
    let kept = restore(&folder, &copy).unwrap().unwrap();
    assert!(kept.join("PG_VERSION").exists());
    let server = start(&folder);
    assert_eq!(sql(&binaries, &server, "select max(id) from notes"), "1000");
    server.stop().unwrap();
}

#[test]
fn a_damaged_copy_is_refused_and_the_data_stays() {
    let Some(binaries) = binaries() else { return };
    let home = tempfile::tempdir().unwrap();
    let (folder, copy) = (home.path().join("postgres"), home.path().join("copy"));
    make(&folder);
    let server = start_with_notes(&binaries, &folder);
    back_up(&server.url("postgres"), &copy).unwrap();
    let data = server.directory().join("data");
    server.stop().unwrap();

    fs::write(
        copy.join("data/PG_VERSION"),
        format!("{}\n\n", binaries.major()),
    )
    .unwrap();
    let refused = format!("{:#}", restore(&folder, &copy).unwrap_err());
    assert!(refused.contains("damaged"), "{refused}");
    assert!(data.join("PG_VERSION").exists());
    let server = start(&folder);
    assert_eq!(sql(&binaries, &server, "select count(*) from notes"), "0");
    server.stop().unwrap();
}
