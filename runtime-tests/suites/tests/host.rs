//! What survives when things die, and what nobody must find when they live. Each test owns its app; with `SPINDLE_BASE_URL` they are skipped.

#![expect(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use std::time::{Duration, Instant};

use serde_json::json;
use spindle_harness::{Account, Answer, App, Database, Options, WORKER_TOKEN, unique};
use spindle_postgres::Server;
use spindle_suites::{TRADING, skipped};

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_the_host_is_killed() {
    if skipped() {
        return;
    }
    let mut app = App::start(Options::default()).await;
    let account = Account::new(&app).await;
    let database = app.database().unwrap().clone();
    let mut acknowledged = Vec::new();
    let prefix = unique("kill");
    {
        let app = &app;
        let writes = futures::future::join_all((0..40).map(|n| {
            let title = format!("{prefix} {n}");
            let call = app
                .call("POST", "/api/v1/blog/posts")
                .bearer(&account.token);
            async move { call.json(json!({"title": title, "body": "text"})).await }
        }));
        for answer in writes.await {
            acknowledged.push(answer.expect(201).text_at("/slug"));
        }
    }
    // More writes are under way when the host dies; whether they were done is open, that they are whole is not.
    let base = app.base_url().to_owned();
    let client = reqwest::Client::new();
    let storm: Vec<_> = (0..40)
        .map(|n| {
            let request = client
                .post(format!("{base}/api/v1/blog/posts"))
                .bearer_auth(&account.token)
                .json(&json!({"title": format!("{prefix} storm {n}"), "body": "text"}));
            tokio::spawn(async move {
                let answer = request.send().await.ok()?;
                let created = answer.status() == 201;
                let body: serde_json::Value = answer.json().await.ok()?;
                created
                    .then(|| body["slug"].as_str().map(str::to_owned))
                    .flatten()
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    app.host().kill();
    for write in storm {
        acknowledged.extend(write.await.unwrap());
    }
    drop(app);

    let app = App::start(Options {
        database: Some(database.clone()),
        ..Options::default()
    })
    .await;
    for slug in &acknowledged {
        let _ = app
            .call("GET", &format!("/api/v1/blog/posts/{slug}"))
            .bearer(&account.token)
            .send()
            .await
            .expect(200);
    }
    // A write and its audit record are one statement: there are as many of the one as of the other.
    let tables = database.connect().await.unwrap();
    // Counted in one, too: what the dead host had sent may take effect still.
    let counts = tables
        .query_one(
            "select (select count(*) from blog.posts),
                    (select count(distinct target_id) from platform.audit where target_type = 'post')",
            &[],
        )
        .await
        .unwrap();
    let (posts, records): (i64, i64) = (counts.get(0), counts.get(1));
    assert_eq!(posts, records);
}

#[tokio::test]
async fn a_dead_database_is_told_and_recovered_from_without_a_restart() {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel::<String>();
    let (control, commands) = std::sync::mpsc::channel::<&'static str>();
    let data = folder.path().to_path_buf();
    // Postgres dies with the thread that started it, so one thread starts and stops it.
    let keeper = std::thread::spawn(move || {
        let mut options = spindle_postgres::Options::ephemeral(data);
        let server = Server::start(&options).unwrap();
        options.port = Some(server.port());
        sender.send(server.url("postgres")).unwrap();
        let mut server = Some(server);
        while let Ok(command) = commands.recv() {
            let mut answer = String::new();
            match command {
                "process" => answer = server.as_ref().unwrap().process().to_string(),
                "stop" => server.take().unwrap().stop().unwrap(),
                "start" => server = Some(Server::start(&options).unwrap()),
                _ => break,
            }
            sender.send(answer).unwrap();
        }
    });
    let app = App::start(Options {
        server: Some(receiver.recv().unwrap()),
        ..Options::default()
    })
    .await;
    let account = Account::new(&app).await;

    control.send("process").unwrap();
    hangs(&app, &account, receiver.recv().unwrap()).await;
    recovers(&app, &account).await;

    control.send("stop").unwrap();
    receiver.recv().unwrap();
    let answer = app
        .call("GET", "/api/v1/blog/posts")
        .send()
        .await
        .problem(503, "unavailable");
    assert!(answer.header("retry-after").is_some());
    let ready = unready(&app).await;
    assert!(ready.text.contains("postgres"), "{}", ready.text);
    let _ = app.call("GET", "/health/live").send().await.expect(200);

    control.send("start").unwrap();
    receiver.recv().unwrap();
    recovers(&app, &account).await;
    drop(app);
    control.send("end").unwrap();
    keeper.join().unwrap();
}

/// Less than the 12 s for which a statement may go without an answer: who is told within this has not waited for one. Readiness takes
/// a second itself, and a busy machine more.
const SOON: Duration = Duration::from_secs(10);

/// Asks until it is not ready, which is soon: where the check takes too long, an answer of the last three seconds counts.
async fn unready(app: &App) -> Answer {
    let started = Instant::now();
    loop {
        let asked = Instant::now();
        let ready = app.call("GET", "/health/ready").send().await;
        assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
        if ready.status == 503 {
            return ready;
        }
        assert!(started.elapsed() < SOON, "{}", ready.text);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A server that holds its connections and says nothing more, as one does whose disk hangs.
async fn hangs(app: &App, account: &Account, server: String) {
    let call = |method: &str, path: &str| app.call(method, path).bearer(&account.token);
    // Most often both components have a connection by now, which is what they will wait on; an instance that is new can't open one.
    let _ = call("GET", "/api/v1/auth/me").send().await.expect(200);
    let _ = call("GET", "/api/v1/profile").send().await.expect(200);
    let _stopped = Stopped::new(server);
    let told = |answer: Answer| {
        assert!(answer.header("retry-after").is_some());
        let _ = answer.problem(503, "unavailable");
    };
    let started = Instant::now();
    let read = async { told(call("GET", "/api/v1/auth/me").send().await) };
    let written = async {
        let change = call("PATCH", "/api/v1/profile").json(json!({"bio": "while it hangs"}));
        told(change.await);
    };
    tokio::join!(read, written, unready(app));
    // Nobody has waited twice as long.
    assert!(
        started.elapsed() < Duration::from_secs(23),
        "{:?}",
        started.elapsed()
    );
}

/// A server with all its backends, halted until this is dropped.
struct Stopped(String);

impl Stopped {
    fn new(server: String) -> Self {
        // The one that makes backends first, so that none is made meanwhile.
        signal("-STOP", [server.as_str()]);
        let stopped = Self(server);
        signal("-STOP", stopped.backends().split_whitespace());
        stopped
    }

    fn backends(&self) -> String {
        let server = &self.0;
        std::fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap()
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", self.backends().split_whitespace());
        signal("-CONT", [self.0.as_str()]);
    }
}

/// Some may be gone already, so what `kill` thinks of it does not matter.
fn signal<'a>(name: &str, processes: impl IntoIterator<Item = &'a str>) {
    let mut command = std::process::Command::new("kill");
    let _ = command.arg(name).args(processes).status().unwrap();
}

async fn recovers(app: &App, account: &Account) {
    let deadline = Instant::now() + Duration::from_secs(90);
    while app.call("GET", "/health/ready").send().await.status != 200 {
        assert!(Instant::now() < deadline, "no recovery");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for path in ["/api/v1/auth/me", "/api/v1/profile"] {
        while app
            .call("GET", path)
            .bearer(&account.token)
            .send()
            .await
            .status
            != 200
        {
            // An instance that has just given up rests for a second.
            assert!(Instant::now() < deadline, "{path}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn a_burst_on_a_cold_app_recovers_at_once() {
    if skipped() {
        return;
    }
    let app = App::start(Options::default()).await;
    let burst =
        futures::future::join_all((0..400).map(|_| app.call("GET", "/api/v1/blog/posts").send()))
            .await;
    for answer in &burst {
        assert!(
            matches!(answer.status, 200 | 503),
            "{} {}",
            answer.status,
            answer.text
        );
    }
    // Where the machine is too busy to connect in time, an instance says so and rests for a second.
    let asked = Instant::now();
    let next = app.call("GET", "/api/v1/blog/posts").patient();
    let _ = next.send().await.expect(200);
    assert!(
        asked.elapsed() < Duration::from_secs(20),
        "{:?}",
        asked.elapsed()
    );
}

/// Waits until the host has told of a request to `trading`: what that has caused was told before.
async fn told(app: &mut App, request: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let lines = app.host().lines_of(request);
        if lines
            .iter()
            .any(|line| line["component"] == "trading" && line["message"] == "request")
        {
            return;
        }
        assert!(Instant::now() < deadline, "{request}: {lines:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Every row of every table, as text; bytes are in hexadecimal.
async fn dump(database: &Database) -> String {
    let tables = database.connect().await.unwrap();
    let all = "select format('select coalesce(string_agg(whole::text, chr(10)), chr(10)) from %I.%I whole', n.nspname, c.relname)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
    let mut text = String::new();
    for row in tables.query(all, &[]).await.unwrap() {
        let rows = tables.query_one(row.get::<_, &str>(0), &[]).await.unwrap();
        text.push_str(rows.get(0));
    }
    text
}

/// Waits until none of these is in the host's memory any more: what is freed is wiped at once, and what an instance has on its stack
/// goes with it, when it has had nothing to do for a while.
async fn forgets(app: &mut App, secrets: &[&str]) {
    assert!(
        app.host().holds(WORKER_TOKEN.as_bytes()),
        "what is there is found"
    );
    let deadline = Instant::now() + Duration::from_secs(90);
    for secret in secrets {
        while app.host().holds(secret.as_bytes()) {
            assert!(Instant::now() < deadline, "{secret} is still there");
            // A look reads hundreds of megabytes.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

#[tokio::test]
async fn the_secret_of_a_key_is_in_no_line_no_row_and_soon_not_in_the_hosts_memory() {
    if skipped() {
        return;
    }
    let seed = unique("seed");
    let issue = async |app: &App| {
        let control = app.simulator("/__sim/key").unwrap();
        let key = control
            .json(json!({"seed": seed, "permissions": TRADING}))
            .await
            .expect(200);
        (key.text_at("/api_key"), key.text_at("/api_secret"))
    };
    // Into the first host a key and a password are entered; the one after it has the sealed key alone.
    let mut app = App::start(Options::default()).await;
    let account = Account::new(&app).await;
    let (key, secret) = issue(&app).await;
    // Over connections that stay open: what came over them must not lie in their buffers.
    let keeping = || reqwest::Client::builder().no_proxy().build().unwrap();
    let (signing_in, connecting) = (keeping(), keeping());
    // Nobody else's, unlike the one that accounts of tests have.
    let (name, password) = (unique("u"), unique("entered once "));
    let email = format!("{name}@example.com");
    let _ = app
        .call("POST", "/api/v1/auth/register")
        .patient()
        .json(json!({"email": email, "username": name, "password": password}))
        .await
        .expect(201);
    let _ = app
        .call_by(&signing_in, "POST", "/api/v1/auth/login")
        .patient()
        .json(json!({"login": name, "password": password}))
        .await
        .expect(200);
    let (entering, reading) = (unique("request"), unique("request"));
    let connected = app
        .call_by(&connecting, "POST", "/api/v1/trading/keys")
        .header("x-request-id", &entering)
        .bearer(&account.token)
        .json(json!({"exchange": "kraken", "label": "Main", "api_key": key, "api_secret": secret, "mode": "trade"}))
        .await
        .expect(201);
    assert!(!connected.text.contains(&secret));
    told(&mut app, &entering).await;
    for part in [&key, &secret, &account.password, &password] {
        assert!(!app.host().has_said(part), "it is in a log line");
    }
    forgets(&mut app, &[&secret, &password]).await;
    drop((signing_in, connecting));
    let database = app.database().unwrap().clone();
    drop(app);

    let mut app = App::start(Options {
        database: Some(database.clone()),
        ..Options::default()
    })
    .await;
    assert_eq!(issue(&app).await.1, secret, "the exchange knows it still");
    let path = format!(
        "/api/v1/trading/account/balances?key={}",
        connected.text_at("/id")
    );
    let balances = app
        .call("GET", &path)
        .header("x-request-id", &reading)
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    told(&mut app, &reading).await;
    let rows = dump(&database).await;
    assert!(rows.contains(&account.username), "what is there is found");
    for password in [&account.password, &password] {
        assert!(!rows.contains(password), "the password is in the database");
    }
    for part in [&key, &secret] {
        let bytes: Vec<String> = part.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!balances.text.contains(part), "it is in an answer");
        assert!(!app.host().has_said(part), "it is in a log line");
        assert!(
            !rows.contains(part) && !rows.contains(&bytes.concat()),
            "it is in the database"
        );
    }
    forgets(&mut app, &[&secret]).await;
}
