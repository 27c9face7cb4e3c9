//! One request is one statement: every read that comparable services take two to a hundred for, as the server's own log counts it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests stop the test"
)]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::json;
use spindle_harness::{Answer, App, Database, Options};
use spindle_postgres::Server;
use spindle_suites::skipped;

/// What an instance asks once a second at most, whoever calls: keys and revocations.
const SHARED: &str = "identity.trust_snapshot";
/// What counts against a limit; of the reads, searches and exports alone have one.
const LIMIT: &str = "platform.take_token";
/// Other components work in the background and are in the same log, so the least of some attempts counts: a statement of the
/// request's own is in all of them. The slower the machine, the seldomer one is undisturbed.
const ATTEMPTS: usize = 100;

struct Log(PathBuf);

impl Log {
    fn of(directory: &Path) -> Self {
        Self(directory.join("server.log"))
    }

    /// Its bytes so far.
    fn length(&self) -> u64 {
        std::fs::metadata(&self.0).unwrap().len()
    }

    /// The statements that the app's role has executed since it was so long.
    fn statements_since(&self, length: u64) -> Vec<String> {
        let mut file = File::open(&self.0).unwrap();
        file.seek(SeekFrom::Start(length)).unwrap();
        let mut log = Vec::new();
        file.read_to_end(&mut log).unwrap();
        // A line may be half written, to the middle of a letter even.
        String::from_utf8_lossy(&log)
            .lines()
            .filter_map(|line| {
                let (_, rest) = line.split_once("LOG:  execute ")?;
                Some(rest.split_once(": ")?.1.to_owned())
            })
            .filter(|statement| !statement.contains(SHARED) && !statement.contains(LIMIT))
            .collect()
    }
}

async fn send(app: &App, token: Option<&str>, method: &str, path: &str) -> Answer {
    let mut call = app.call(method, path);
    if let Some(token) = token {
        call = call.header("authorization", &format!("Bearer {token}"));
    }
    call.send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_is_one_statement() {
    if skipped() {
        return;
    }
    let server = Server::start_ephemeral().unwrap();
    let database = Database::create(&server.url("postgres")).await.unwrap();
    let owner = database.connect().await.unwrap();
    owner
        .batch_execute(&format!(
            "alter role spindle_app in database {} set log_statement = 'all'",
            database.name
        ))
        .await
        .unwrap();
    let app = App::start(Options {
        server: Some(server.url("postgres")),
        database: Some(database),
        ..Options::default()
    })
    .await;
    let mut tokens = Vec::new();
    for name in ["reader", "writer"] {
        let user = json!({"username": name, "email": format!("{name}@test.com"), "password": "password123"});
        let answer = app
            .call("POST", "/conduit/api/users")
            .patient()
            .json(json!({ "user": user }))
            .await
            .expect(201);
        tokens.push(answer.text_at("/user/token"));
    }
    let [reader, writer] = tokens.as_slice() else {
        panic!("two accounts");
    };
    for number in 0..30 {
        let article = json!({"title": format!("Article {number}"), "description": "d", "body": "b", "tagList": ["t", "u"]});
        let _ = app
            .call("POST", "/conduit/api/articles")
            .header("authorization", &format!("Bearer {writer}"))
            .json(json!({ "article": article }))
            .await
            .expect(201);
    }
    for path in [
        "/conduit/api/profiles/writer/follow",
        "/conduit/api/articles/article-1/favorite",
    ] {
        let _ = send(&app, Some(reader), "POST", path).await.expect(200);
    }

    let log = Log::of(server.directory());
    let (reader, writer) = (Some(reader.as_str()), Some(writer.as_str()));
    for (token, method, path) in [
        (None, "GET", "/conduit/api/articles?limit=20"),
        (reader, "GET", "/conduit/api/articles?limit=20"),
        (reader, "GET", "/conduit/api/articles?tag=t&author=writer"),
        (reader, "GET", "/conduit/api/articles?favorited=reader"),
        (reader, "GET", "/conduit/api/articles/feed"),
        (None, "GET", "/conduit/api/articles/article-1"),
        (reader, "GET", "/conduit/api/articles/article-1"),
        (reader, "GET", "/conduit/api/articles/article-1/comments"),
        (reader, "GET", "/conduit/api/profiles/writer"),
        (None, "GET", "/conduit/api/tags"),
        (None, "GET", "/api/v1/blog/posts?limit=20"),
        (reader, "GET", "/api/v1/blog/posts?limit=20"),
        (reader, "GET", "/api/v1/blog/posts?tag=t&author=writer"),
        (reader, "GET", "/api/v1/blog/posts?q=article"),
        (reader, "GET", "/api/v1/blog/posts?following=true"),
        (None, "GET", "/api/v1/blog/posts/article-1"),
        (reader, "GET", "/api/v1/blog/posts/article-1"),
        (reader, "GET", "/api/v1/blog/posts/article-1/comments"),
        (None, "GET", "/api/v1/blog/search?q=article"),
        (reader, "GET", "/api/v1/blog/search?q=artcile"),
        (reader, "GET", "/api/v1/blog/posts?favorited_by=reader"),
        (writer, "GET", "/api/v1/blog/posts?status=draft"),
        (writer, "GET", "/api/v1/blog/posts/article-1/revisions"),
        (writer, "GET", "/api/v1/blog/posts/article-1/revisions/1"),
        (writer, "GET", "/api/v1/blog/comments"),
        (writer, "GET", "/api/v1/blog/webhooks"),
        (writer, "GET", "/api/v1/blog/export"),
        (reader, "GET", "/api/v1/profile/users/writer"),
        (None, "GET", "/api/v1/profile/users/writer/followers"),
        (reader, "GET", "/api/v1/profile/users/reader/following"),
        (reader, "GET", "/api/v1/profile"),
        (reader, "GET", "/api/v1/profile/onboarding"),
        (reader, "GET", "/api/v1/profile/notifications"),
        (reader, "GET", "/api/v1/profile/notifications/preferences"),
        (reader, "GET", "/api/v1/profile/support/tickets"),
        (None, "GET", "/api/v1/blog/tags"),
        (None, "GET", "/blog/"),
        (None, "GET", "/blog/article-1"),
        (None, "GET", "/blog/tags/t"),
        (None, "GET", "/blog/@writer"),
        (None, "GET", "/blog/tags"),
        (None, "GET", "/blog/search?q=article"),
        (None, "GET", "/blog/feed.atom"),
        (None, "GET", "/blog/tags/t/feed.rss"),
        (None, "GET", "/blog/@writer/feed.json"),
        (None, "GET", "/blog/sitemap.xml"),
        (None, "GET", "/blog/sitemap-1.xml"),
    ] {
        let mut least: Option<Vec<String>> = None;
        for _ in 0..ATTEMPTS {
            let before = log.length();
            let answer = send(&app, token, method, path).await;
            assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
            let asked = log.statements_since(before);
            if least.as_ref().is_none_or(|least| asked.len() < least.len()) {
                least = Some(asked);
            }
            if least.as_ref().is_some_and(|least| least.len() <= 1) {
                break;
            }
        }
        let least = least.unwrap();
        let who = if token.is_some() {
            "signed in"
        } else {
            "anonymous"
        };
        assert_eq!(least.len(), 1, "{method} {path}, {who}: {least:#?}");
    }
}
