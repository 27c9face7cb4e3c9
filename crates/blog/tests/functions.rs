//! The SQL functions on a real Postgres: what the handlers rely on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use spindle_migrate::{Schema, Settings, migrate};
use spindle_postgres::Server;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// One database for one test.
struct Database {
    _server: Server,
    url: String,
    client: Client,
}

impl Database {
    async fn start() -> Self {
        let server = Server::start_ephemeral().unwrap();
        let url = server.url("postgres");
        migrate(&url, &Schema::embedded(), &Settings::default())
            .await
            .unwrap();
        let client = connect(&url).await;
        Self {
            _server: server,
            url,
            client,
        }
    }

    async fn account(&self, name: &str) -> Uuid {
        let id = Uuid::now_v7();
        self.client
            .execute(
                "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
                 values ($1, $2 || '@test.com', $2, $2, platform.now(), platform.now())",
                &[&id, &name],
            )
            .await
            .unwrap();
        id
    }

    async fn events(&self, kind: &str) -> i64 {
        self.client
            .query_one(
                "select count(*) from platform.outbox where type = $1",
                &[&kind],
            )
            .await
            .unwrap()
            .get(0)
    }

    async fn list(
        &self,
        author: Option<&str>,
        tag: Option<&str>,
        drafts: Option<Uuid>,
        size: i64,
    ) -> Vec<String> {
        let mut slugs = Vec::new();
        let mut after: (Option<i64>, Option<Uuid>) = (None, None);
        loop {
            let row = self
                .client
                .query_one(
                    include_str!("../sql/list_posts.sql"),
                    &[
                        &author,
                        &tag,
                        &drafts.is_some(),
                        &drafts,
                        &after.0,
                        &after.1,
                        &size,
                    ],
                )
                .await
                .unwrap();
            let items: Vec<Value> = serde_json::from_str(row.get(0)).unwrap();
            assert!(i64::try_from(items.len()).unwrap() <= size);
            slugs.extend(
                items
                    .iter()
                    .map(|item| item["slug"].as_str().unwrap().to_owned()),
            );
            after = (row.get(1), row.get(2));
            if after.1.is_none() {
                return slugs;
            }
        }
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn draft(title: &str, tags: &[&str], status: &str, published_at_ms: Option<i64>) -> Value {
    json!({
        "title": title, "summary": null, "body": "b", "html": "<p>b</p>\n", "toc": [], "text": "b", "words": 1, "tags": tags,
        "cover": null, "canonical_url": null, "status": status, "published_at_ms": published_at_ms,
    })
}

async fn create(
    client: &Client,
    author: Uuid,
    slug: &str,
    draft: &Value,
    key: Option<&str>,
) -> Value {
    let hash = draft.to_string().into_bytes();
    let row = client
        .query_one(
            include_str!("../sql/create_post.sql"),
            &[
                &json!({"actor": author}),
                &Uuid::now_v7(),
                &author,
                &slug,
                draft,
                &author.to_string(),
                &"POST /posts",
                &key,
                &hash,
            ],
        )
        .await
        .unwrap();
    serde_json::from_str(row.get(0)).unwrap()
}

async fn set_status(
    client: &Client,
    slug: &str,
    editor: Uuid,
    moderator: bool,
    status: &str,
) -> Value {
    let none: Option<&str> = None;
    let row = client
        .query_one(
            include_str!("../sql/set_post_status.sql"),
            &[&json!({}), &slug, &editor, &moderator, &none, &status],
        )
        .await
        .unwrap();
    serde_json::from_str(row.get(0)).unwrap()
}

async fn update(
    client: &Client,
    slug: &str,
    editor: Uuid,
    if_match: &str,
    changes: Value,
) -> Value {
    let row = client
        .query_one(
            include_str!("../sql/update_post.sql"),
            &[
                &json!({}),
                &slug,
                &editor,
                &false,
                &Some(if_match),
                &changes,
            ],
        )
        .await
        .unwrap();
    serde_json::from_str(row.get(0)).unwrap()
}

#[tokio::test]
async fn fifty_equal_titles_at_once_get_fifty_slugs() {
    let database = Database::start().await;
    let author = database.account("ada").await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let url = database.url.clone();
        writers.spawn(async move {
            let client = connect(&url).await;
            create(
                &client,
                author,
                "hello",
                &draft("Hello", &["b", "a"], "published", None),
                None,
            )
            .await
        });
    }
    let mut slugs: Vec<String> = Vec::new();
    while let Some(answer) = writers.join_next().await {
        let answer = answer.unwrap();
        assert_eq!(answer["outcome"], "created");
        slugs.push(answer["slug"].as_str().unwrap().to_owned());
    }
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 50);
    assert!(slugs.contains(&"hello".to_owned()) && slugs.contains(&"hello-2".to_owned()));
    assert_eq!(database.events("post.published").await, 50);
    let mut listed = database.list(Some("ada"), Some("a"), None, 7).await;
    listed.sort();
    assert_eq!(
        listed, slugs,
        "pages neither skip nor repeat posts of one millisecond"
    );
}

#[tokio::test]
async fn a_post_walks_from_draft_to_gone() {
    let database = Database::start().await;
    let client = &database.client;
    let (ada, bob) = (database.account("ada").await, database.account("bob").await);

    let first = create(
        client,
        ada,
        "one",
        &draft("One", &["rust"], "draft", None),
        Some("k"),
    )
    .await;
    assert_eq!(first["post"]["author"]["username"], "ada");
    assert_eq!(first["post"]["published_at"], Value::Null);
    let again = create(
        client,
        ada,
        "one",
        &draft("One", &["rust"], "draft", None),
        Some("k"),
    )
    .await;
    assert_eq!(
        (again["outcome"].as_str(), &again["id"]),
        (Some("replayed"), &first["id"])
    );
    let other = create(
        client,
        ada,
        "two",
        &draft("Two", &[], "draft", None),
        Some("k"),
    )
    .await;
    assert_eq!(other["outcome"], "mismatch");

    assert_eq!(database.list(None, None, Some(ada), 20).await, ["one"]);
    assert!(
        database.list(None, None, Some(bob), 20).await.is_empty(),
        "drafts are their author's"
    );
    assert!(database.list(None, Some("rust"), None, 20).await.is_empty());
    assert_eq!(
        set_status(client, "one", bob, false, "published").await["outcome"],
        "not_found",
        "foreign drafts don't exist"
    );

    let published = set_status(client, "one", ada, false, "published").await;
    assert_eq!(published["version"], 2);
    assert_eq!(
        set_status(client, "one", ada, false, "published").await["version"],
        2,
        "published is published"
    );
    assert_eq!(database.events("post.published").await, 1);
    for (author, tag) in [
        (None, None),
        (Some("ada"), None),
        (None, Some("rust")),
        (Some("ada"), Some("rust")),
    ] {
        assert_eq!(database.list(author, tag, None, 20).await, ["one"]);
    }
    assert!(database.list(Some("bob"), None, None, 20).await.is_empty());
    assert!(
        database
            .list(Some("nobody"), None, None, 20)
            .await
            .is_empty()
    );

    let id: Uuid = first["id"].as_str().unwrap().parse().unwrap();
    let tag = |version: i64| format!("\"{}-{version}\"", id.simple());
    assert_eq!(
        update(client, "one", bob, "*", json!({"title": "Mine"})).await["outcome"],
        "forbidden"
    );
    assert_eq!(
        update(client, "one", ada, &tag(1), json!({"title": "Uno"})).await["outcome"],
        "stale"
    );
    let changed = update(
        client,
        "one",
        ada,
        &tag(2),
        json!({"title": "Uno", "tags": ["c"], "summary": "s"}),
    )
    .await;
    assert_eq!(
        (&changed["post"]["title"], &changed["version"]),
        (&json!("Uno"), &json!(3))
    );
    assert_eq!(changed["post"]["body"], "b", "what is absent stays");
    let cleared = update(
        client,
        "one",
        ada,
        &tag(3),
        json!({"summary": null, "cover": {"url": "https://a.example", "alt": ""}}),
    )
    .await;
    assert_eq!(cleared["post"]["summary"], Value::Null);
    assert_eq!(cleared["post"]["cover"]["url"], "https://a.example");
    assert_eq!(
        update(client, "one", ada, "*", json!({"cover": null})).await["post"]["cover"],
        Value::Null
    );
    assert!(database.list(None, Some("rust"), None, 20).await.is_empty());
    assert_eq!(database.list(None, Some("c"), None, 20).await, ["one"]);
    assert_eq!(database.events("post.updated").await, 3);

    let back = set_status(client, "one", bob, true, "draft").await;
    assert_eq!(back["post"]["status"], "draft", "moderators may");
    assert!(database.list(None, Some("c"), None, 20).await.is_empty());
    let none: Option<&str> = None;
    let read = |reader: Option<Uuid>| async move {
        let row = client
            .query_one(
                include_str!("../sql/read_post.sql"),
                &[&"one", &reader, &false],
            )
            .await
            .unwrap();
        row.get::<_, Option<String>>(0)
    };
    assert!(
        read(Some(ada)).await.is_some()
            && read(Some(bob)).await.is_none()
            && read(None).await.is_none()
    );

    let delete = include_str!("../sql/delete_post.sql");
    let row = client
        .query_one(delete, &[&json!({}), &"one", &ada, &false, &none])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), r#"{"outcome": "deleted"}"#);
    let row = client
        .query_one(delete, &[&json!({}), &"one", &ada, &false, &none])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), r#"{"outcome": "not_found"}"#);
    assert!(read(Some(ada)).await.is_none());
    let gone = create(
        client,
        ada,
        "one",
        &draft("One", &["rust"], "draft", None),
        Some("k"),
    )
    .await;
    assert_eq!(gone["outcome"], "gone");
    let fresh = create(client, ada, "one", &draft("One", &[], "draft", None), None).await;
    assert_eq!(fresh["slug"], "one-2", "a deleted post keeps its slug");
}

#[tokio::test]
async fn lists_are_newest_first_across_pages() {
    let database = Database::start().await;
    let author = database.account("ada").await;
    for (slug, at) in [("b", 2_000), ("c", 3_000), ("a", 1_000), ("d", 3_001)] {
        create(
            &database.client,
            author,
            slug,
            &draft(slug, &["t"], "published", Some(at)),
            None,
        )
        .await;
    }
    for size in [1, 2, 3, 4, 20] {
        assert_eq!(
            database.list(None, None, None, size).await,
            ["d", "c", "b", "a"]
        );
        assert_eq!(
            database.list(None, Some("t"), None, size).await,
            ["d", "c", "b", "a"]
        );
    }
    database
        .client
        .execute(
            "update identity.accounts set disabled_at = platform.now()",
            &[],
        )
        .await
        .unwrap();
    assert!(
        database.list(None, None, None, 20).await.is_empty(),
        "posts of a disabled account are not shown"
    );
}
