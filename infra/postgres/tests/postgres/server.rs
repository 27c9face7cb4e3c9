//! A server's life: started, found, stopped, killed.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use spindle_postgres::{Binaries, Options, Server};

use crate::make;

/// Whether a Postgres answers there: it replies to an SSL request with one letter, before any login.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
        return false;
    };
    let request = [0_u8, 0, 0, 8, 4, 210, 22, 47];
    let mut letter = [0];
    stream.write_all(&request).is_ok()
        && stream.read_exact(&mut letter).is_ok()
        && (letter == *b"N" || letter == *b"S")
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what} within 60 s");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_ephemeral_server_answers_and_leaves_nothing_behind() {
    let server = Server::start_ephemeral().unwrap();
    let (port, directory) = (server.port(), server.directory().to_owned());
    assert!(
        port < 32_768,
        "ports above may be taken by outgoing connections"
    );
    assert!(answers(port));
    drop(server);
    assert!(!answers(port));
    assert!(!directory.exists());
}

#[test]
fn data_port_and_password_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        database: Some("spindle".to_owned()),
        ..Options::development(folder.path())
    };
    let server = Server::start(&options).unwrap();
    let before = server.url("spindle");
    assert!(
        before.contains("postgres:"),
        "a development server demands a password: {before}"
    );
    server.stop().unwrap();
    let server = Server::start(&options).unwrap();
    assert_eq!(server.url("spindle"), before);
    let password = server.directory().join("password");
    assert_eq!(
        fs::metadata(password).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_second_start_on_the_same_data_is_refused_and_attach_finds_the_first() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Server::attach(folder.path()).is_none());
    let server = Server::start(&Options::ephemeral(folder.path())).unwrap();
    let refused = Server::start(&Options::ephemeral(folder.path()))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("already running"), "{refused}");
    let attached = Server::attach(folder.path()).unwrap();
    assert_eq!(
        (attached.port(), attached.process()),
        (server.port(), server.process())
    );
    drop(attached);
    assert!(
        answers(server.port()),
        "a server that was only attached to goes on"
    );
}

#[test]
fn data_of_another_major_version_is_refused_with_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::ephemeral(folder.path());
    let server = Server::start(&options).unwrap();
    let version = server.directory().join("data/PG_VERSION");
    server.stop().unwrap();
    fs::write(version, "14\n").unwrap();
    let binaries = Binaries::find(None).unwrap();
    for refused in [
        Server::start(&options).unwrap_err(),
        Server::start_with(&options, &binaries).unwrap_err(),
    ] {
        let message = refused.to_string();
        assert!(
            message.contains("made by Postgres 14") && message.contains("--reset"),
            "{message}"
        );
    }
}

#[test]
fn a_lock_file_that_names_a_living_stranger_does_not_stop_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::ephemeral(folder.path());
    let server = Server::start(&options).unwrap();
    let data = server.directory().join("data");
    let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap();
    server.stop().unwrap();
    let mut stranger = Command::new("sleep").arg("60").spawn().unwrap();
    let rest = lock.split_once('\n').unwrap().1;
    fs::write(
        data.join("postmaster.pid"),
        format!("{}\n{rest}", stranger.id()),
    )
    .unwrap();
    let server = Server::start(&options).unwrap();
    assert!(answers(server.port()));
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn a_server_restarts_on_its_data_at_once_after_it_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::development(folder.path());
    make(folder.path());
    let server = Server::start(&options).unwrap();
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).unwrap();
    client.write_all(&[0, 0, 0, 8]).unwrap();
    let killed = Command::new("kill")
        .arg("-9")
        .arg(server.process().to_string())
        .status()
        .unwrap();
    assert!(killed.success());
    drop(server);
    assert!(answers(Server::start(&options).unwrap().port()));
}

#[test]
fn a_server_started_by_a_thread_outlives_the_thread() {
    let server = thread::spawn(|| Server::start_ephemeral().unwrap())
        .join()
        .unwrap();
    // Gives a wrong signal the time to end it: a second server starts meanwhile.
    let second = Server::start_ephemeral().unwrap();
    assert!(answers(server.port()) && answers(second.port()));
}

/// Runs as a child of the test below, which kills it.
#[test]
#[ignore = "the child of the_server_dies_with_a_killed_parent"]
fn parent_that_is_killed() {
    let server = Server::start_ephemeral().unwrap();
    println!("port {}", server.port());
    thread::park();
}

#[test]
fn the_server_dies_with_a_killed_parent() {
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args([
            "server::parent_that_is_killed",
            "--ignored",
            "--nocapture",
            "--exact",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = std::io::BufReader::new(parent.stdout.take().unwrap());
    let port = loop {
        let mut line = String::new();
        assert_ne!(
            std::io::BufRead::read_line(&mut output, &mut line).unwrap(),
            0,
            "the child ended early"
        );
        if let Some((_, port)) = line.split_once("port ") {
            break port.trim().parse::<u16>().unwrap();
        }
    };
    assert!(answers(port));
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until("the server stops", || !answers(port));
}

#[test]
fn a_detached_server_goes_on_until_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&Options {
        detached: true,
        ..Options::ephemeral(folder.path())
    })
    .unwrap();
    let port = server.port();
    drop(server);
    assert!(answers(port));
    let attached = Server::attach(folder.path()).unwrap();
    let process = attached.process();
    attached
        .stop()
        .unwrap_or_else(|error| panic!("process {process}: {error}"));
    assert!(!answers(port));
}
