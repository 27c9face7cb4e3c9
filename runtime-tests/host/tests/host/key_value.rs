//! The key-value store.

use std::time::{Duration, Instant};

use spindle_host::Host;

use crate::app::{App, Setup, silent_address};

#[tokio::test]
async fn what_was_set_survives_a_restart() {
    let setup = Setup::new();
    let options = setup.options.clone();
    let app = setup.start().await;
    assert_eq!(app.text("/get?key=a").await, "none");
    assert_eq!(app.text("/set?key=a&value=1").await, "set");
    assert_eq!(app.text("/set?key=b&value=2").await, "set");
    assert_eq!(app.text("/delete?key=b").await, "deleted");
    let App {
        folder,
        host,
        client,
    } = app;
    host.shutdown().await.unwrap();
    assert!(folder.path().join("state/sqlite_key_value.db").exists());
    let app = App {
        folder,
        host: Host::start(options).await.unwrap(),
        client,
    };
    assert_eq!(app.text("/get?key=a").await, "1");
    assert_eq!(app.text("/get?key=b").await, "none");
    assert_eq!(app.json("/keys").await, serde_json::json!(["a"]));
}

#[tokio::test]
async fn a_store_that_was_not_granted_is_denied() {
    let app = Setup::new().start().await;
    let (status, body) = app.get("/get?store=other&key=a").await;
    assert_eq!(status, 418);
    assert!(body.to_lowercase().contains("access"), "{body}");
}

#[tokio::test]
async fn a_store_may_have_a_file_of_its_own() {
    let setup = Setup::new()
        .grants(crate::app::GRANTS.replace("[\"default\"]", "[\"default\", \"cache\"]"));
    let config = setup.folder.path().join("runtime.toml");
    std::fs::write(
        &config,
        "[key_value_store.cache]\ntype = \"spin\"\npath = \"cache.db\"\n",
    )
    .unwrap();
    let app = setup
        .options(|options| options.runtime_config_file = Some(config))
        .start()
        .await;
    assert_eq!(app.text("/set?key=a&value=1").await, "set");
    assert_eq!(app.text("/get?store=cache&key=a").await, "none");
    assert!(app.folder.path().join("state/cache.db").exists());
}

/// A real Redis, or none with the reason.
struct Redis {
    process: std::process::Child,
    port: u16,
}

impl Redis {
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn find() -> Option<spindle_debian::Program> {
        match spindle_debian::Program::find("redis-server", "redis-server") {
            Ok(program) => Some(program),
            Err(error) => {
                eprintln!("skipped: no Redis can be had here: {error:#}");
                None
            }
        }
    }

    /// Starts it at this port, again where somebody's outgoing connection has it for a moment.
    fn start(program: &spindle_debian::Program, port: u16) -> Self {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let mut redis = Self::spawn(program, port);
            // It accepts when it is ready.
            while redis.process.try_wait().unwrap().is_none() {
                if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return redis;
                }
                assert!(Instant::now() < deadline, "Redis does not answer");
                std::thread::sleep(Duration::from_millis(10));
            }
            assert!(Instant::now() < deadline, "Redis does not start");
        }
    }

    fn spawn(program: &spindle_debian::Program, port: u16) -> Self {
        let mut command = program.command();
        command.args([
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--port",
        ]);
        command.arg(port.to_string());
        command.stdout(std::process::Stdio::null());
        let process = command.spawn().unwrap();
        Self { process, port }
    }

    fn signal(&self, signal: &str) {
        let sent = std::process::Command::new("kill")
            .args([signal, &self.process.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// A command in the inline form of the protocol, and the first line of the answer.
    fn ask(&self, command: &str) -> String {
        use std::io::{BufRead, BufReader, Write};
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .write_all(format!("{command}\r\n").as_bytes())
            .unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn with_redis(port: u16) -> Setup {
    let setup = Setup::new();
    let file = setup.folder.path().join("runtime-config.toml");
    let text = format!(
        "[key_value_store.default]\ntype = \"redis\"\nurl = \"redis://127.0.0.1:{port}\"\n"
    );
    std::fs::write(&file, text).unwrap();
    setup.options(|options| options.runtime_config_file = Some(file))
}

#[tokio::test]
async fn a_store_in_redis_is_shared_by_all_hosts_and_outlives_them() {
    let Some(program) = Redis::find() else { return };
    let (silent, address) = silent_address();
    drop(silent);
    let redis = Redis::start(&program, address.port());
    let app = with_redis(redis.port).start().await;
    assert_eq!(app.text("/get?key=a").await, "none");
    assert_eq!(app.text("/set?key=a&value=1").await, "set");
    assert_eq!(redis.ask("STRLEN a"), ":1", "a key is itself, as on Spin");
    let other = with_redis(redis.port).start().await;
    assert_eq!(other.text("/get?key=a").await, "1");
    assert_eq!(other.text("/delete?key=a").await, "deleted");
    assert_eq!(app.text("/get?key=a").await, "none");
}

#[tokio::test]
async fn a_redis_that_is_gone_or_hangs_fails_soon_and_is_found_again() {
    let Some(program) = Redis::find() else { return };
    let (silent, address) = silent_address();
    // It starts without it.
    let app = with_redis(address.port()).start().await;
    // Nobody waits for as long as a request may take, which is a minute.
    let failing = async || {
        let started = Instant::now();
        let (status, _) = app.get("/get?key=a").await;
        assert!(
            started.elapsed() < Duration::from_secs(15),
            "{:?}",
            started.elapsed()
        );
        assert_ne!(status, 200);
    };
    // The first answer may take a busy machine longer than the second that each has.
    let found = async |path: &str, expected: &str| {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let (status, body) = app.get(path).await;
            if status == 200 {
                assert_eq!(body, expected, "{path}");
                return;
            }
            assert!(Instant::now() < deadline, "{path}: {body}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    failing().await;
    drop(silent);
    let redis = Redis::start(&program, address.port());
    found("/set?key=a&value=1", "set").await;
    redis.signal("-STOP");
    failing().await;
    redis.signal("-CONT");
    found("/get?key=a", "1").await;
    drop(redis);
    failing().await;
    let _again = Redis::start(&program, address.port());
    found("/get?key=a", "none").await;
}
