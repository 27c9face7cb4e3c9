//! What is in the database: written through the app, so that it is what the app writes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use http::Method;
use serde_json::{Value, json};
use spindle_harness::Database;
use tokio::task::JoinSet;

use crate::load::{Connection, Shot, ask};

const EMAIL: &str = "bench@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery staple";
const WRITERS: usize = 8;

/// What there is to ask for.
#[derive(Debug)]
pub(crate) struct Seeded {
    pub(crate) slugs: Vec<String>,
    /// Words to search for.
    pub(crate) words: Vec<String>,
}

impl Seeded {
    pub(crate) fn login(&self) -> Shot {
        Shot::post(
            "/api/v1/auth/login",
            &json!({"login": EMAIL, "password": PASSWORD}),
        )
    }
}

/// A blog of that many posts by a thousand others, of whom the account follows fifty. What is asked for is the same, however many
/// posts there are: the newest ones, and a frequent and a rare word of each title.
pub(crate) async fn large(database: &Database, posts: u64) -> anyhow::Result<Seeded> {
    spindle_seed::run(&database.owner_url(), posts).await?;
    let owner = database.connect().await?;
    owner
        .batch_execute(
            "insert into profile.follows (follower_id, followed_id, created_at)
             select me.id, a.id, platform.now()
             from identity.accounts me, identity.accounts a
             where me.username = 'bench' and a.username_key in (select 'seeded-' || n from generate_series(1, 50) n)
             on conflict do nothing",
        )
        .await?;
    let rows = owner
        .query(
            "select p.slug, split_part(p.title, ' ', 1), split_part(p.title, ' ', 3)
             from blog.posts p where p.slug in (select 'seeded-' || n from generate_series(1, 500) n) order by p.published_at desc",
            &[],
        )
        .await?;
    Ok(Seeded {
        slugs: rows.iter().map(|row| row.get(0)).collect(),
        words: rows
            .iter()
            .flat_map(|row| [row.get(1), row.get(2)])
            .collect(),
    })
}

/// An account with a profile, and posts of about 2 KB of Markdown.
pub(crate) async fn run(
    database: &Database,
    app: SocketAddr,
    posts: u64,
) -> anyhow::Result<Seeded> {
    let account = json!({"email": EMAIL, "username": "bench", "password": PASSWORD});
    ask(app, &Shot::post("/api/v1/auth/register", &account)).await?;
    let mut seeded = Seeded {
        slugs: Vec::new(),
        words: Vec::new(),
    };
    let tokens = ask(app, &seeded.login()).await?;
    let token = tokens
        .get("access_token")
        .and_then(Value::as_str)
        .context("no access_token")?
        .to_owned();
    let profile = json!({
        "display_name": "Bench", "bio": "Writes many posts.", "location": "127.0.0.1", "website": "https://example.com",
        "timezone": "Europe/Berlin", "locale": "de",
    });
    ask(
        app,
        &Shot {
            method: Method::PATCH,
            ..Shot::post("/api/v1/profile", &profile)
        }
        .bearer(&token),
    )
    .await?;

    let next = Arc::new(AtomicU64::new(0));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write(app, token.clone(), Arc::clone(&next), posts));
    }
    while let Some(slugs) = writers.join_next().await {
        seeded.slugs.extend(slugs??);
    }
    // Plans as after a night of autovacuum, not as of an empty table.
    database
        .connect()
        .await?
        .batch_execute("vacuum analyze")
        .await?;
    Ok(seeded)
}

async fn write(
    app: SocketAddr,
    token: String,
    next: Arc<AtomicU64>,
    posts: u64,
) -> anyhow::Result<Vec<String>> {
    let mut connection = Connection::open(app).await?;
    let mut slugs = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= posts {
            return Ok(slugs);
        }
        let (status, body) = connection
            .send(&Shot::post("/api/v1/blog/posts", &post(number)).bearer(&token))
            .await?;
        let text = String::from_utf8_lossy(&body);
        anyhow::ensure!(
            status.is_success(),
            "writing a post answered {status}: {text}"
        );
        let answer: Value = serde_json::from_str(&text)?;
        slugs.push(
            answer
                .get("slug")
                .and_then(Value::as_str)
                .context("a post without slug")?
                .to_owned(),
        );
    }
}

fn post(number: u64) -> Value {
    let paragraph = "A post is read far more often than it is written, so it is *rendered once*, when it is written, and what \
        a reader gets is what the database holds. See [the example](https://example.com/posts) for **more** about `html`.";
    let mut body = String::new();
    for section in 1..=4 {
        body.push_str(&format!(
            "## Section {section}\n\n{paragraph}\n\n- first\n- second\n\n{paragraph}\n\n"
        ));
    }
    json!({
        "title": format!("Post number {number}"),
        "summary": "What this post says, in one sentence that is long enough to be one.",
        "body": body,
        "tags": ["bench", format!("tag-{}", number % 10)],
        "status": "published",
    })
}
