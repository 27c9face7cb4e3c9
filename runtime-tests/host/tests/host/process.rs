//! The command itself: what it prints, how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::app::Setup;

/// The command with an application, killed with the test.
struct Process {
    child: Child,
    base_url: String,
    announcement: serde_json::Value,
    _setup: Setup,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let setup = Setup::new();
        setup.write();
        let mut command = Command::new(env!("CARGO_BIN_EXE_spindle-host"));
        command
            .args([
                "up",
                "--format",
                "json",
                "--listen",
                "127.0.0.1:0",
                "--die-with-parent",
                "--from",
            ])
            .arg(&setup.options.from);
        command
            .arg("--state-dir")
            .arg(setup.folder.path().join("state"))
            .arg("--cache-dir")
            .arg(setup.options.cache_dir.as_ref().unwrap());
        for variable in &setup.options.variables {
            command.args(["--variable", variable]);
        }
        let mut child = command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let announcement: serde_json::Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        let base_url = announcement["base_url"].as_str().unwrap().to_owned();
        Self {
            child,
            base_url,
            announcement,
            _setup: setup,
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The exit code and what was written to stderr.
    fn wait(mut self) -> (Option<i32>, String) {
        let mut stderr = String::new();
        std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stderr)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn one_json_line_says_where_it_listens() {
    let process = Process::start(&["--quiet"]);
    assert_eq!(
        reqwest::get(format!("{}/hello", process.base_url))
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "hello"
    );
    assert_eq!(
        process.announcement["routes"],
        serde_json::json!([{"name": "guest", "route": "/", "wildcard": true}])
    );
}

#[tokio::test]
async fn sigterm_lets_requests_end_and_takes_no_new_ones() {
    let process = Process::start(&["--quiet", "--max-instances=1", "--drain-timeout=60s"]);
    let url = process.base_url.clone();
    let slow = tokio::spawn(reqwest::get(format!("{url}/wait?ms=8000")));
    // It is under way once the only instance has answered another one beside it.
    loop {
        let answer = reqwest::get(format!("{url}/instance")).await.unwrap();
        let instance: serde_json::Value = answer.json().await.unwrap();
        if instance["most_at_once"].as_u64() >= Some(2) {
            break;
        }
        assert!(!slow.is_finished(), "{instance}");
    }
    let mut streaming = reqwest::get(format!("{url}/stream?frames=4&ms=400"))
        .await
        .unwrap();
    assert_eq!(streaming.chunk().await.unwrap().unwrap(), "frame 0\n");
    let signalled = Instant::now();
    process.signal(Signal::TERM);
    // Refused as soon as the listener is closed, long before the slow request ends.
    while reqwest::get(format!("{url}/hello")).await.is_ok() {
        assert!(!slow.is_finished(), "new requests are still taken");
    }
    assert!(!slow.is_finished(), "new requests were taken to the end");
    let response = slow.await.unwrap().unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap();
    let mut rest = String::new();
    while let Some(chunk) = streaming.chunk().await.unwrap() {
        rest.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert_eq!(rest, "frame 1\nframe 2\nframe 3\n");
    let (code, stderr) = tokio::task::spawn_blocking(|| process.wait())
        .await
        .unwrap();
    assert_eq!(code, Some(0), "{stderr}");
    // Not by the end of the drain's time.
    assert!(
        signalled.elapsed() < Duration::from_secs(50),
        "{:?}",
        signalled.elapsed()
    );
}

#[tokio::test]
async fn the_drain_has_an_end() {
    let process = Process::start(&["--quiet", "--drain-timeout", "300ms"]);
    let endless = format!("{}/stream?frames=100000&ms=10", process.base_url);
    let mut endless = reqwest::get(endless).await.unwrap();
    assert!(endless.chunk().await.unwrap().is_some());
    process.signal(Signal::TERM);
    let signalled = Instant::now();
    let (code, stderr) = tokio::task::spawn_blocking(|| process.wait())
        .await
        .unwrap();
    assert_eq!(code, Some(0), "{stderr}");
    // The usual time is ten seconds.
    assert!(
        signalled.elapsed() < Duration::from_secs(10),
        "{:?}",
        signalled.elapsed()
    );
    assert!(stderr.contains("still under way"), "{stderr}");
    assert!(endless.text().await.is_err());
}

#[tokio::test]
async fn each_request_has_a_line_in_the_access_log() {
    let process = Process::start(&[]);
    reqwest::get(format!("{}/a/hello?secret=1", process.base_url))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    reqwest::get(format!("{}/trap", process.base_url))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    process.signal(Signal::TERM);
    let (_, stderr) = tokio::task::spawn_blocking(|| process.wait())
        .await
        .unwrap();
    let lines: Vec<serde_json::Value> = stderr
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let access: Vec<_> = lines
        .iter()
        .filter(|line| line["log"] == "access")
        .collect();
    assert_eq!(access.len(), 2, "{stderr}");
    let of = |path: &str| access.iter().find(|line| line["path"] == path).unwrap();
    let (hello, trapped) = (of("/a/hello"), of("/trap"));
    assert_eq!(
        (&hello["route"], &hello["component"]),
        (&"/...".into(), &"guest".into())
    );
    assert_eq!(
        (&hello["status"], &hello["bytes"], &hello["complete"]),
        (&200.into(), &5.into(), &true.into())
    );
    assert_eq!(trapped["status"], 500);
    assert!(
        !access
            .iter()
            .any(|line| line.to_string().contains("secret"))
    );
    let trap = lines.iter().find(|line| line["level"] == "error").unwrap();
    assert_eq!(trap["component"], "guest");
    assert!(
        trap["error"].as_str().unwrap().contains("unreachable"),
        "{trap}"
    );
}

#[test]
fn a_refusal_is_one_message_and_a_failing_exit() {
    let output = Command::new(env!("CARGO_BIN_EXE_spindle-host"))
        .args(["--from", "/nowhere/spin.toml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("Error: ") && stderr.contains("/nowhere/spin.toml"),
        "{stderr}"
    );
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn it_ends_with_its_parent() {
    // A shell that starts the host in the background and ends: the host loses its parent.
    let setup = Setup::new();
    setup.write();
    let log = setup.folder.path().join("announcement");
    let script = format!(
        "\"$0\" --quiet --format json --listen 127.0.0.1:0 --die-with-parent --from \"$1\" --state-dir \"$2\" --cache-dir \"$3\" --variable \"$4\" --variable \"$5\" > {log:?} & read line"
    );
    let options = &setup.options;
    let mut shell = Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_spindle-host"))
        .arg(&options.from)
        .arg(options.state_dir.as_ref().unwrap())
        .arg(options.cache_dir.as_ref().unwrap())
        .args(&options.variables)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(180);
    let announcement = loop {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        if text.ends_with('\n') {
            break text;
        }
        assert!(Instant::now() < deadline, "the host never listened");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let announcement: serde_json::Value = serde_json::from_str(&announcement).unwrap();
    let url = format!(
        "{}/.well-known/spin/health",
        announcement["base_url"].as_str().unwrap()
    );
    assert_eq!(
        reqwest::get(&url).await.unwrap().text().await.unwrap(),
        "OK"
    );
    shell.kill().unwrap();
    shell.wait().unwrap();
    while reqwest::get(&url).await.is_ok() {
        assert!(Instant::now() < deadline, "the host outlives its parent");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
