//! The simulator as a program, and its control plane.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::Client;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kraken-simulator"));
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn ready(child: &mut Child) -> Value {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn it_prints_one_line_serves_and_ends_when_told() {
    let mut child = program()
        .args([
            "--listen",
            "127.0.0.1:0",
            "--demo-keys",
            "--numbers-by-clock",
        ])
        .spawn()
        .unwrap();
    let told = ready(&mut child).await;
    let names: Vec<&str> = told["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["good", "withdraw"]);
    let may_withdraw = |key: &Value| {
        key["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("withdraw-funds"))
    };
    assert!(!may_withdraw(&told["keys"][0]) && may_withdraw(&told["keys"][1]));
    let base = told["base_url"].as_str().unwrap();
    assert!(
        reqwest::get(format!("{base}/0/public/Time"))
            .await
            .unwrap()
            .status()
            .is_success()
    );

    let id = child.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .arg(&id)
            .status()
            .await
            .unwrap()
            .success()
    );
    let ended = tokio::time::timeout(Duration::from_secs(60), child.wait()).await;
    assert!(ended.expect("it ends on SIGTERM").unwrap().success());
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let output = program()
            .args(["--listen", address])
            .output()
            .await
            .unwrap();
        assert!(
            !output.status.success() && output.stdout.is_empty(),
            "{address}"
        );
        assert!(
            String::from_utf8(output.stderr)
                .unwrap()
                .contains("loopback only"),
            "{address}"
        );
    }
}

#[tokio::test]
async fn it_ends_when_the_process_that_started_it_ends() {
    let simulator = env!("CARGO_BIN_EXE_kraken-simulator");
    // The shell starts it, passes its first line on, and ends.
    let script = r#""$0" --die-with-parent > "$1" & while [ ! -s "$1" ]; do :; done"#;
    let file = std::env::temp_dir().join(format!("kraken-simulator-orphan-{}", std::process::id()));
    // Of a process that had this number before us.
    let _ = std::fs::remove_file(&file);
    let shell = Command::new("sh")
        .args(["-c", script, simulator])
        .arg(&file)
        .status()
        .await
        .unwrap();
    assert!(shell.success());
    let told: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    std::fs::remove_file(&file).unwrap();
    let address = told["base_url"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://")
        .to_owned();
    let gone = async {
        let mut look = tokio::time::interval(Duration::from_millis(50));
        while tokio::net::TcpStream::connect(&address).await.is_ok() {
            look.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone)
        .await
        .expect("it ends with its parent");
}

#[tokio::test]
async fn accounts_and_keys_are_issued_and_edited_over_http() {
    let client = Client::start().await;
    let (_, account) = client
        .control(
            "account",
            json!({ "balances": { "ZUSD": "12.5" }, "tier": "pro" }),
        )
        .await;
    assert!(
        account["api_key"].is_string()
            && account["api_secret"].is_string()
            && account["iban"].is_string()
    );
    let (_, key) = client
        .control(
            "key",
            json!({ "account": account["account"], "permissions": ["query-funds"] }),
        )
        .await;
    assert_ne!(key["api_key"], account["api_key"]);
    let issued: kraken_simulator::IssuedKey = serde_json::from_value(key.clone()).unwrap();
    assert_eq!(
        client.call(&issued, "Balance", 1, &[]).await.unwrap(),
        json!({ "ZUSD": "12.5000" })
    );

    let (_, edited) = client
        .control(
            "key",
            json!({ "api_key": key["api_key"], "permissions": ["withdraw-funds"] }),
        )
        .await;
    assert_eq!(
        (&edited["api_key"], &edited["permissions"]),
        (&key["api_key"], &json!(["withdraw-funds"]))
    );

    // A seed makes the same key in any simulator; each without one is new.
    let (_, seeded) = client.control("key", json!({ "seed": "test-7" })).await;
    let (status, mistake) = client.control("key", json!({ "seed": "test-7" })).await;
    assert_eq!(status, 400, "{mistake}");
    let other = Client::start().await;
    assert_eq!(
        other.control("key", json!({ "seed": "test-7" })).await.1["api_secret"],
        seeded["api_secret"]
    );
}

#[tokio::test]
async fn mistakes_in_control_calls_are_told() {
    let client = Client::start().await;
    for (call, body) in [
        ("key", json!({ "permisions": [] })),
        ("key", json!({ "account": "nobody" })),
        ("fault", json!({ "kind": "earthquake" })),
        ("price", json!({ "pair": "NOPE" })),
        ("status", json!({ "status": "asleep" })),
        ("clock", json!({})),
        ("reset", json!({ "accounts": "none" })),
    ] {
        let (status, answer) = client.control(call, body.clone()).await;
        assert!(
            status == 400 && answer["error"].is_string(),
            "{call} {body}: {status} {answer}"
        );
    }
}

#[tokio::test]
async fn a_reset_forgets_everything_but_the_configuration() {
    let client = Client::start_with(kraken_simulator::Config::default().with_demo_keys()).await;
    let demo = client.simulator.keys();
    let key = client.key(&["query-funds"]);
    client.call(&key, "Balance", 1, &[]).await.unwrap();
    assert_eq!(
        client.control("reset", json!({ "seed": "other" })).await.0,
        200
    );
    assert_eq!(
        client.call(&key, "Balance", 2, &[]).await,
        crate::client::error("EAPI:Invalid key")
    );
    assert!(client.simulator.keys().is_empty());
    assert_eq!(client.simulator.journal().len(), 1);
    assert_eq!(demo.len(), 2);
}
