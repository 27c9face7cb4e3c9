//! Posts, from draft to gone.

use futures::future::join_all;
use serde_json::json;
use spindle_harness::{Account, App, unique};

const POSTS: &str = "/api/v1/blog/posts";

#[tokio::test]
async fn a_post_walks_from_draft_to_gone() {
    let app = App::shared();
    let account = Account::new(app).await;
    let stranger = Account::new(app).await;
    let title = unique("Čo je nové, 世界? ");
    let created = app
        .call("POST", POSTS)
        .bearer(&account.token)
        .json(json!({"title": title, "body": "# Hi\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) **bold**", "tags": ["Rust", "wasm"]}))
        .await
        .expect(201);
    let slug = created.text_at("/slug");
    assert_eq!(created.body["status"], "draft");
    let html = created.text_at("/html");
    assert!(html.contains("<strong>bold</strong>"), "{html}");
    assert!(
        !html.contains("<script") && !html.contains("javascript:"),
        "{html}"
    );

    let path = format!("{POSTS}/{}", percent(&slug));
    let _ = app
        .call("GET", &path)
        .send()
        .await
        .problem(404, "not-found");
    let _ = app
        .call("GET", &path)
        .bearer(&stranger.token)
        .send()
        .await
        .problem(404, "not-found");
    let own = app
        .call("GET", &path)
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    let etag = own.header("etag").unwrap().to_owned();

    let _ = app
        .call("PATCH", &path)
        .bearer(&account.token)
        .json(json!({"summary": "s"}))
        .await
        .problem(428, "precondition-required");
    let patched = app
        .call("PATCH", &path)
        .bearer(&account.token)
        .header("if-match", &etag)
        .json(json!({"summary": "s"}))
        .await
        .expect(200);
    let _ = app
        .call("PATCH", &path)
        .bearer(&account.token)
        .header("if-match", &etag)
        .json(json!({"summary": "t"}))
        .await
        .problem(412, "precondition-failed");
    assert_ne!(patched.header("etag"), Some(etag.as_str()));

    let _ = app
        .call("POST", &format!("{path}/publish"))
        .bearer(&stranger.token)
        .send()
        .await
        .problem(404, "not-found");
    let _ = app
        .call("POST", &format!("{path}/publish"))
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    let read = app.call("GET", &path).send().await.expect(200);
    assert_eq!(read.body["status"], "published");
    assert_eq!(read.body["author"]["username"], json!(account.username));
    let same = app
        .call("GET", &path)
        .header("if-none-match", read.header("etag").unwrap())
        .send()
        .await
        .expect(304);
    assert_eq!(same.header("content-length"), None);
    let _ = app
        .call("DELETE", &path)
        .bearer(&stranger.token)
        .send()
        .await
        .problem(403, "forbidden");

    let listed = app
        .call("GET", &format!("{POSTS}?author={}", account.username))
        .send()
        .await
        .expect(200);
    assert_eq!(listed.body["items"][0]["slug"], json!(slug));
    assert!(
        listed.body["items"][0]["body"].is_null(),
        "lists carry no bodies"
    );

    let _ = app
        .call("POST", &format!("{path}/unpublish"))
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    let _ = app
        .call("GET", &path)
        .send()
        .await
        .problem(404, "not-found");
    let gone = app
        .call("DELETE", &path)
        .bearer(&account.token)
        .send()
        .await
        .expect(204);
    assert_eq!(gone.header("content-length"), None);
    let _ = app
        .call("GET", &path)
        .bearer(&account.token)
        .send()
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_cursor_walks_the_whole_list_once() {
    let app = App::shared();
    let account = Account::new(app).await;
    for n in 0..5 {
        let _ = app
            .call("POST", POSTS)
            .bearer(&account.token)
            .json(json!({"title": format!("Page {n}"), "body": "text", "status": "published"}))
            .await
            .expect(201);
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for _ in 0..5 {
        let page = app
            .call(
                "GET",
                &format!(
                    "{POSTS}?author={}&limit=2&cursor={cursor}",
                    account.username
                ),
            )
            .send()
            .await
            .expect(200);
        seen.extend(
            page.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["title"].as_str().unwrap().to_owned()),
        );
        match page.body["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seen, ["Page 4", "Page 3", "Page 2", "Page 1", "Page 0"]);
    app.call("GET", &format!("{POSTS}?cursor=AAAA"))
        .send()
        .await
        .invalid("cursor");
    app.call("GET", &format!("{POSTS}?limit=0"))
        .send()
        .await
        .invalid("limit");
}

#[tokio::test]
async fn the_same_idempotency_key_creates_once() {
    let app = App::shared();
    let account = Account::new(app).await;
    let key = unique("key");
    let title = unique("Once ");
    let create = |title: &str| {
        app.call("POST", POSTS)
            .bearer(&account.token)
            .header("idempotency-key", &key)
            .json(json!({"title": title, "body": "text"}))
    };
    let answers = join_all((0..10).map(|_| create(&title))).await;
    let mut slugs: Vec<String> = answers
        .into_iter()
        .map(|answer| answer.expect(201).text_at("/slug"))
        .collect();
    slugs.dedup();
    assert_eq!(slugs.len(), 1);
    let again = create(&title).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let _ = create("Another").await.problem(422, "idempotency-mismatch");
}

#[tokio::test]
async fn fifty_equal_titles_get_fifty_slugs() {
    let app = App::shared();
    let account = Account::new(app).await;
    let title = unique("Same title ");
    let answers = join_all((0..50).map(|_| {
        app.call("POST", POSTS)
            .bearer(&account.token)
            .json(json!({"title": title, "body": "text"}))
    }))
    .await;
    let mut slugs: Vec<String> = answers
        .into_iter()
        .map(|answer| answer.expect(201).text_at("/slug"))
        .collect();
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 50);
}

#[tokio::test]
async fn fields_say_what_they_allow() {
    let app = App::shared();
    let account = Account::new(app).await;
    let create = |body| app.call("POST", POSTS).bearer(&account.token).json(body);
    create(json!({"body": "text"})).await.invalid("title");
    create(json!({"title": "", "body": "text"}))
        .await
        .invalid("title");
    create(json!({"title": "t".repeat(10_000), "body": "text"}))
        .await
        .invalid("title");
    create(json!({"title": "t", "body": 7}))
        .await
        .invalid("body");
    create(json!({"title": "t\u{0}", "body": "text"}))
        .await
        .invalid("title");

    let too_many: Vec<String> = (0..100).map(|n| format!("tag{n}")).collect();
    create(json!({"title": "t", "body": "text", "tags": too_many}))
        .await
        .invalid("tags");
}

/// A slug in a path: everything but ASCII letters, digits and hyphens percent-encoded.
fn percent(slug: &str) -> String {
    slug.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}
