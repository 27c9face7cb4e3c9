//! Many clients on everything at once, from a cold start: whether any answer is the server's failing, and whether memory
//! stays where it is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use spindle_harness::{Account, App, Database, Options};
use tokio::task::JoinSet;

use crate::load::{Connection, Shot};
use crate::machine::proportional_memory;

/// Clients that are there all the time.
const CLIENTS: usize = 200;
/// Accounts that they share: hashing is bounded by design, so nobody could register two hundred at once.
const ACCOUNTS: usize = 20;
/// How often memory is read.
const SAMPLE: Duration = Duration::from_secs(5);
/// One password is hashed in this many rounds of a client, which is less than a hash slot manages.
const ROUNDS_TO_A_LOGIN: u64 = 12;

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Soak {
    /// Answers by route and status.
    pub(crate) answers: BTreeMap<(&'static str, u16), u64>,
    /// Connections that broke.
    pub(crate) broken: u64,
    /// How long it went on.
    pub(crate) length: Duration,
    /// Bytes at each sample; the last after a rest.
    pub(crate) memory: Vec<u64>,
    /// Failures of a burst of clients right after it.
    pub(crate) burst_failures: usize,
    pub(crate) burst_elapsed: Duration,
}

impl Soak {
    pub(crate) fn total(&self) -> u64 {
        self.answers.values().sum()
    }

    /// Answers of 500 and above.
    pub(crate) fn failures(&self) -> u64 {
        let failed = self
            .answers
            .iter()
            .filter(|((_, status), _)| *status >= 500);
        failed.map(|(_, count)| count).sum::<u64>() + self.broken
    }
}

/// Drives a new app on this server for `length`.
pub(crate) async fn run(admin_url: &str, length: Duration) -> anyhow::Result<Soak> {
    let database = Database::create(admin_url).await?;
    let options = || Options {
        server: Some(admin_url.to_owned()),
        database: Some(database.clone()),
        ..Options::default()
    };
    let app = App::start(options()).await;
    let mut accounts = Vec::new();
    for _ in 0..ACCOUNTS {
        accounts.push(Account::new(&app).await);
    }
    drop(app);

    // Cold again: what two hundred clients meet at once.
    let mut app = App::start(options()).await;
    let address: SocketAddr = app.base_url().trim_start_matches("http://").parse()?;
    let process = app.host().id();
    let begin = Instant::now();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let account = accounts.get(number % ACCOUNTS).context("an account")?;
        let client = Client {
            address,
            account: account.clone(),
            number: u64::try_from(number)?,
            end: begin + length,
            answers: BTreeMap::new(),
            broken: 0,
        };
        clients.spawn(client.run());
    }
    let mut soak = Soak::default();
    let mut samples = tokio::time::interval(SAMPLE);
    samples.tick().await;
    loop {
        tokio::select! {
            client = clients.join_next() => match client {
                Some(client) => {
                    let client = client??;
                    for (key, count) in client.answers {
                        *soak.answers.entry(key).or_default() += count;
                    }
                    soak.broken += client.broken;
                }
                None => break,
            },
            _ = samples.tick() => soak.memory.push(proportional_memory(process)?),
        }
    }
    soak.length = begin.elapsed();
    let burst = crate::start::burst(address, 400).await?;
    soak.burst_failures = burst.failures;
    soak.burst_elapsed = burst.elapsed;
    tokio::time::sleep(Duration::from_secs(3)).await;
    soak.memory.push(proportional_memory(process)?);
    Ok(soak)
}

struct Client {
    address: SocketAddr,
    account: Account,
    number: u64,
    end: Instant,
    answers: BTreeMap<(&'static str, u16), u64>,
    broken: u64,
}

impl Client {
    async fn run(mut self) -> anyhow::Result<Self> {
        let mut connection = Connection::open(self.address).await?;
        let mut round = self.number;
        while Instant::now() < self.end {
            if let Err(_broken) = self.round(&mut connection, round).await {
                self.broken += 1;
                connection = Connection::open(self.address).await?;
            }
            round += 1;
        }
        Ok(self)
    }

    async fn send(
        &mut self,
        connection: &mut Connection,
        route: &'static str,
        shot: Shot,
    ) -> anyhow::Result<Value> {
        let shot = if shot.token.is_none() && !route.ends_with('-') {
            shot.bearer(&self.account.token)
        } else {
            shot
        };
        let (status, body): (StatusCode, _) = connection.send(&shot).await?;
        *self
            .answers
            .entry((route.trim_end_matches('-'), status.as_u16()))
            .or_default() += 1;
        Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// A walk over all routes. A `-` at the end of a name: without a credential.
    async fn round(&mut self, connection: &mut Connection, round: u64) -> anyhow::Result<()> {
        let username = self.account.username.clone();
        for (route, path) in [
            ("GET /health/live-", "/health/live".to_owned()),
            ("GET /health/ready-", "/health/ready".to_owned()),
            ("GET /oauth2/jwks-", "/oauth2/jwks".to_owned()),
            ("GET /nothing-", "/nothing".to_owned()),
            ("GET /auth/me", "/api/v1/auth/me".to_owned()),
            ("GET /auth/sessions", "/api/v1/auth/sessions".to_owned()),
            ("GET /profile", "/api/v1/profile".to_owned()),
            (
                "GET /profile/users/{username}-",
                format!("/api/v1/profile/users/{username}"),
            ),
            ("GET /blog/posts-", "/api/v1/blog/posts".to_owned()),
            (
                "GET /blog/posts?status=draft",
                "/api/v1/blog/posts?status=draft".to_owned(),
            ),
            ("GET /trading/keys", "/api/v1/trading/keys".to_owned()),
        ] {
            self.send(connection, route, Shot::get(path)).await?;
        }
        let profile = json!({"bio": format!("Round {round} of client {}", self.number)});
        let patch = patch("/api/v1/profile", &profile);
        self.send(connection, "PATCH /profile", patch).await?;
        self.post(connection, round).await?;
        if round.is_multiple_of(ROUNDS_TO_A_LOGIN) {
            let login = json!({"login": self.account.email, "password": self.account.password});
            let login = Shot::post("/api/v1/auth/login", &login);
            let tokens = self.send(connection, "POST /auth/login-", login).await?;
            let refresh = Shot::post("/api/v1/auth/refresh", &tokens);
            let tokens = self
                .send(connection, "POST /auth/refresh-", refresh)
                .await?;
            if let Some(token) = tokens.get("access_token").and_then(Value::as_str) {
                let logout = Shot::post("/api/v1/auth/logout", &json!({})).bearer(token);
                self.send(connection, "POST /auth/logout", logout).await?;
            }
            let get = Shot::get("/openapi.json");
            self.send(connection, "GET /openapi.json-", get).await?;
            let get = Shot::get("/docs");
            self.send(connection, "GET /docs-", get).await?;
        }
        Ok(())
    }

    /// A post from its creation to its end.
    async fn post(&mut self, connection: &mut Connection, round: u64) -> anyhow::Result<()> {
        let post = json!({
            "title": format!("Soak {} {round}", self.number), "body": "# Soak\n\nSome *text*.",
            "tags": ["soak"],
        });
        let post = Shot::post("/api/v1/blog/posts", &post);
        let post = self.send(connection, "POST /blog/posts", post).await?;
        let slug = post
            .get("slug")
            .and_then(Value::as_str)
            .unwrap_or("nothing");
        let path = format!("/api/v1/blog/posts/{slug}");
        let publish = Shot::post(format!("{path}/publish"), &json!({}));
        self.send(connection, "POST /blog/posts/{slug}/publish", publish)
            .await?;
        self.send(connection, "GET /blog/posts/{slug}-", Shot::get(&path))
            .await?;
        let change = Shot {
            if_match: Some("*".to_owned()),
            ..patch(&path, &json!({"summary": "Changed"}))
        };
        self.send(connection, "PATCH /blog/posts/{slug}", change)
            .await?;
        let delete = Shot {
            method: Method::DELETE,
            ..Shot::get(&path)
        };
        self.send(connection, "DELETE /blog/posts/{slug}", delete)
            .await?;
        Ok(())
    }
}

fn patch(path: &str, body: &Value) -> Shot {
    Shot {
        method: Method::PATCH,
        ..Shot::post(path, body)
    }
}

/// The section of the report.
pub(crate) fn render(soak: &Soak) -> String {
    use std::fmt::Write as _;
    let mebibytes = |bytes: &u64| (bytes >> 20).to_string();
    let memory: Vec<_> = soak.memory.iter().map(mebibytes).collect();
    let mut text = format!(
        "## {CLIENTS} clients on all routes, from a cold start\n\n{} answers in {:.0} s, {} of them 5xx or broken connections. \
         Memory of the host every {} s, MiB: {} (the last after a rest). A burst of 400 clients right after: {} failures, \
         all answered in {:.0} ms.\n\n| route | answers |\n|---|---|\n",
        soak.total(),
        soak.length.as_secs_f64(),
        soak.failures(),
        SAMPLE.as_secs(),
        memory.join(", "),
        soak.burst_failures,
        soak.burst_elapsed.as_secs_f64() * 1000.0,
    );
    let mut routes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((route, status), count) in &soak.answers {
        routes
            .entry(route)
            .or_default()
            .push(format!("{count} × {status}"));
    }
    for (route, answers) in routes {
        let _ = writeln!(text, "| `{route}` | {} |", answers.join(", "));
    }
    text.push('\n');
    text
}
