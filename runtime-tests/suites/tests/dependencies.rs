//! What depends on what, and what is left when it is gone: key-value, Postgres, limits, the metrics' bearer. Each test owns its
//! app; with `SPINDLE_BASE_URL` they are skipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests stop the test, and a skipped one says so"
)]

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use serde_json::json;
use spindle_harness::{Account, App, Options, unique};
use spindle_suites::skipped;

fn variables(pairs: &[(&str, &str)]) -> Options {
    Options {
        arguments: pairs
            .iter()
            .flat_map(|(name, value)| ["--variable".to_owned(), format!("{name}={value}")])
            .collect(),
        ..Options::default()
    }
}

#[tokio::test]
async fn without_the_key_value_store_everything_works_and_readiness_says_degraded() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("runtime-config.toml");
    // Nobody listens there.
    std::fs::write(
        &config,
        "[key_value_store.default]\ntype = \"redis\"\nurl = \"redis://127.0.0.1:1\"\n",
    )
    .unwrap();
    let app = App::start(Options {
        arguments: vec![
            "--runtime-config-file".to_owned(),
            config.display().to_string(),
        ],
        ..Options::default()
    })
    .await;
    let degraded =
        json!({"status": "degraded", "checks": {"postgres": "ok", "key_value": "unavailable"}});
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let ready = app.call("GET", "/health/ready").send().await;
        if ready.status == 200 && ready.body == degraded {
            break;
        }
        // The first looks may end before a busy machine has connected to Postgres.
        assert!(Instant::now() < deadline, "{}", ready.text);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let account = Account::new(&app).await;
    for path in ["/metrics", "/api/v1/blog/posts", "/api/v1/auth/me"] {
        let started = Instant::now();
        let _ = app
            .call("GET", path)
            .bearer(&account.token)
            .send()
            .await
            .expect(200);
        // Nobody waits for the store, whatever the rest takes on a busy machine.
        assert!(started.elapsed() < Duration::from_secs(10), "{path}");
    }
}

#[tokio::test]
async fn readiness_answers_within_a_second_when_postgres_hangs() {
    if skipped() {
        return;
    }
    // Takes connections and never says a word, as a machine does whose disk hangs.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let app = App::start(variables(&[
        (
            "db_url",
            &format!("postgres://spindle_app@{address}/spindle"),
        ),
        ("db_host", &address),
    ]))
    .await;
    // The first request makes the instance; what is measured is the second.
    let _ = app.call("GET", "/health/live").send().await.expect(200);
    // Postgres has 850 ms of it. A busy machine may need more for the rest than is left then, but not each time.
    let second = Duration::from_secs(1);
    let mut took: Vec<Duration> = Vec::new();
    while took.len() < 3 || took.iter().all(|one| *one >= second) {
        assert!(took.len() < 30, "{took:?}");
        let started = Instant::now();
        let ready = app.call("GET", "/health/ready").send().await.expect(503);
        took.push(started.elapsed());
        assert_eq!(
            ready.body["checks"]["postgres"], "unavailable",
            "{}",
            ready.text
        );
    }
    let _ = app.call("GET", "/health/live").send().await.expect(200);
    drop(silent);
}

#[tokio::test]
async fn limits_refuse_before_anything_is_hashed_and_no_header_gets_around_them() {
    if skipped() {
        return;
    }
    let app = App::start(variables(&[("limits", "login=5/3600,write=3/3600")])).await;
    let account = Account::new(&app).await;
    let login = |forged: String| {
        app.call("POST", "/api/v1/auth/login")
            .header("x-forwarded-for", &forged)
            .header("spin-client-addr", &forged)
            .json(json!({"login": unique("nobody"), "password": "not the password at all"}))
    };
    let tables = app.database().unwrap().connect().await.unwrap();
    let mut refused = 0;
    for n in 0..12 {
        let answer = login(format!("10.0.0.{n}")).await;
        if answer.status == 429 {
            refused += 1;
            let answer = answer.problem(429, "too-many-requests");
            assert!(
                answer
                    .header("retry-after")
                    .is_some_and(|text| text.parse::<u32>().is_ok())
            );
            assert!(
                answer
                    .header("ratelimit")
                    .is_some_and(|text| text.contains("r=0"))
            );
            // From here on nobody can hash: who wants to waits for a place, and is told 503.
            tables
                .batch_execute(
                    "update identity.hash_slots set holder = null, leased_until = 'infinity'",
                )
                .await
                .unwrap();
        }
    }
    // The account's own login took one of the five.
    assert_eq!(refused, 12 - 4);

    // By account, not by address: another one writes on.
    let write = |token: &str| {
        app.call("PATCH", "/api/v1/profile")
            .bearer(token)
            .json(json!({"bio": "x"}))
    };
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(write(&account.token).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
    let read = app
        .call("GET", "/api/v1/auth/me")
        .bearer(&account.token)
        .send()
        .await;
    assert_eq!(read.status, 200, "reading is free");
}

#[tokio::test]
async fn metrics_need_their_bearer_in_production() {
    if skipped() {
        return;
    }
    let production = [
        ("environment", "production"),
        ("public_url", "https://spindle.example"),
        ("admin_password", ""),
    ];
    let with_token: Vec<_> = production
        .iter()
        .copied()
        .chain([("metrics_token", "a token for scraping")])
        .collect();
    let app = App::start(variables(&with_token)).await;
    let scrape = |authorization: &str| {
        let (app, authorization) = (&app, authorization.to_owned());
        async move {
            let call = app.call("GET", "/metrics");
            match authorization.as_str() {
                "" => call.send().await,
                value => call.header("authorization", value).send().await,
            }
        }
    };
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer a token for scrapin",
        "Basic a token for scraping",
    ] {
        let _ = scrape(wrong).await.problem(401, "unauthorized");
    }
    let answer = scrape("Bearer a token for scraping").await.expect(200);
    assert!(answer.text.contains("\nspindle_users{"), "{}", answer.text);
    drop(app);

    let app = App::start(variables(&production)).await;
    let _ = app
        .call("GET", "/metrics")
        .send()
        .await
        .problem(404, "not-found");
}

/// What Prometheus' own tool says of a scrape.
#[tokio::test]
async fn promtool_has_nothing_to_say_about_our_metrics() {
    let app = App::shared();
    let program = match spindle_debian::Program::find("prometheus", "promtool") {
        Ok(program) => program,
        Err(error) => {
            eprintln!("skipped: no promtool can be had here: {error:#}");
            return;
        }
    };
    let answer = app.call("GET", "/metrics").send().await;
    if answer.status != 200 {
        assert!(App::is_foreign(), "{}", answer.text);
        return;
    }
    let mut check = program
        .command()
        .args(["check", "metrics"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut check.stdin.take().unwrap(), answer.text.as_bytes()).unwrap();
    let said = check.wait_with_output().unwrap();
    assert!(
        said.status.success() && said.stdout.is_empty() && said.stderr.is_empty(),
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
}

#[tokio::test]
async fn the_realworld_api_is_there_where_it_is_turned_on_and_addresses_need_no_proof() {
    if skipped() {
        return;
    }
    let app = App::start(variables(&[("conduit", "off")])).await;
    for (method, path) in [
        ("GET", "/conduit/api/tags"),
        ("POST", "/conduit/api/users"),
        ("POST", "/internal/conduit/login"),
    ] {
        let _ = app
            .call(method, path)
            .send()
            .await
            .problem(404, "not-found");
    }
    drop(app);
    let app = App::start(variables(&[
        ("conduit", "on"),
        ("email_verification", "required"),
    ]))
    .await;
    for (method, path) in [("GET", "/conduit/api/tags"), ("POST", "/api/v1/auth/login")] {
        let refused = app.call(method, path).send().await.expect(503);
        assert!(
            refused.text.contains("email_verification"),
            "{}",
            refused.text
        );
    }
}
