//! What readers, their programs and those who wish them ill find on the pages.

use serde_json::json;

use crate::stage::Stage;

/// Every page that lists posts, and all that programs read.
const LISTS: &[&str] = &[
    "/blog/",
    "/blog/tags",
    "/blog/tags/all",
    "/blog/tags/hidden",
    "/blog/@ada",
    "/blog/@eve",
    "/blog/shown",
    "/blog/search?q=secret",
    "/blog/feed.atom",
    "/blog/feed.rss",
    "/blog/feed.json",
    "/blog/@ada/feed.atom",
    "/blog/tags/all/feed.json",
    "/blog/sitemap-1.xml",
];

#[tokio::test]
async fn what_is_not_to_be_seen_is_on_no_page() {
    let stage = Stage::new().await;
    let ada = stage.account("ada", "Ada", "Writes.").await;
    let eve = stage.account("eve", "Secret Eve", "Secret spam.").await;
    let post = |title: &str, tags: &[&str]| json!({"title": title, "summary": title, "body": title, "tags": tags, "series": "Parts"});
    stage.post(ada, "shown", post("Shown", &["all"])).await;
    let secret = post("Secret", &["all", "hidden"]);
    let mut draft = secret.clone();
    draft["status"] = json!("draft");
    stage.post(ada, "secret-draft", draft).await;
    let mut scheduled = secret.clone();
    scheduled["published_at_ms"] = json!(stage.now_ms().await + 3_600_000);
    stage.post(ada, "secret-scheduled", scheduled).await;
    stage.post(ada, "secret-deleted", secret.clone()).await;
    stage.post(eve, "secret-disabled", secret).await;
    stage.comment("shown", eve, "Secret comment.", None).await;
    for change in [
        "select blog.delete_post('{}', p.slug, p.author_id, false, null)
         from blog.posts p where p.slug = 'secret-deleted'",
        "update identity.accounts set disabled_at = platform.now() where username = 'eve'",
    ] {
        stage.sql.batch_execute(change).await.unwrap();
    }
    for path in LISTS {
        let page = stage.get(path).await;
        // What was searched for is shown as such.
        let text = page.text.replace("“secret”", "").replace("\"secret\"", "");
        assert!(
            !text.to_lowercase().contains("secret"),
            "{path}: {}",
            page.text
        );
    }
    for slug in ["draft", "scheduled", "deleted", "disabled"] {
        let page = stage.get(&format!("/blog/secret-{slug}")).await;
        assert_eq!(page.status, 404, "{slug}");
        assert_eq!(page.header("cache-control"), "no-store", "{slug}");
    }
    assert_eq!(stage.get("/blog/@eve").await.status, 404);
    assert!(stage.get("/blog/").await.text.contains("Shown"));
}

#[tokio::test]
async fn a_page_describes_itself_whatever_there_is_to_describe() {
    let stage = Stage::new().await;
    let ada = stage.account("ada", "Ada", " ").await;
    stage.account("bob", "Bob", "Buy my engines.").await;
    let post = json!({"title": "Cards", "summary": " ", "body": "![](/a.png)", "tags": ["a"], "series": "Looms"});
    stage.post(ada, "cards", post).await;
    for (path, words) in [
        ("/blog/cards", "content=\"Cards, by Ada.\""),
        (
            "/blog/cards",
            "property=\"article:section\" content=\"Looms\"",
        ),
        (
            "/blog/cards",
            "<img class=\"picture\" decoding=\"async\" src=\"/a.png\"",
        ),
        ("/blog/@ada", "content=\"Posts by Ada, newest first.\""),
        ("/blog/search", "content=\"Search the posts of this blog.\""),
        // Whoever wrote nothing may be there for the link to their shop alone.
        ("/blog/@bob", "content=\"noindex\""),
        ("/blog/nothing", "content=\"noindex\""),
    ] {
        let text = stage.get(path).await.text;
        assert!(text.contains(words), "{path} says {words}: {text}");
    }
    for path in ["/blog/", "/blog/cards", "/blog/@ada", "/blog/tags/a"] {
        let text = stage.get(path).await.text;
        assert!(
            !text.contains("<p> </p>") && !text.contains("<p class=\"lead\">"),
            "{path}: {text}"
        );
        assert!(!text.contains("noindex"), "{path}: {text}");
    }
}

#[tokio::test]
async fn each_comment_has_fragments_of_its_own() {
    let stage = Stage::new().await;
    let ada = stage.account("ada", "Ada", "Writes.").await;
    let body = "### Words\n\nSaid.[^1]\n\n[^1]: Once.";
    let post = json!({"title": "T", "summary": "s", "body": body});
    stage.post(ada, "x", post).await;
    for _ in 0..2 {
        stage.comment("x", ada, body, None).await;
    }
    let page = stage.get("/blog/x").await.text;
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let total = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), total, "{ids:?}");
    for link in page
        .split(" href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(ids.contains(&link), "{link}: {ids:?}");
    }
    assert_eq!(
        (
            page.matches("<h2 id=\"words\">").count(),
            page.matches("<h3 id=").count()
        ),
        (1, 2),
        "no level is left out: {page}"
    );
}

#[tokio::test]
async fn garbage_in_an_address_is_no_fault_of_ours() {
    let stage = Stage::new().await;
    let ada = stage.account("ada", "Ada", "Writes.").await;
    stage
        .post(ada, "x", json!({"title": "T", "summary": "s", "body": "b"}))
        .await;
    let long = "%F0%9F%92%A9".repeat(300);
    for path in [
        "/blog/%FF",
        "/blog/%00",
        "/blog/@%FF",
        "/blog/@%E2%80%AE",
        "/blog/tags/%FF",
        "/blog/..%2F..%2Fetc%2Fpasswd",
        "/blog/x?%FF=%FF",
        "/blog/x?cursor=%FF",
        "/blog/?cursor=&limit=",
        "/blog/?page=99999999999999999999",
        "/blog/?%00",
        "/blog/search?q=%FF",
        "/blog/search?q=%00",
        "/blog/search?q=%F0%9F",
        "/blog/search?q=%27%22%5C%25_%26%7C!()%3A*%3C-%3E",
        "/blog/search?q=%26",
        "/blog/search?q=-%22",
        "/blog/search?q=%E2%80%AE%E2%81%A6",
        "/blog/search?q=x&cursor=x",
        "/blog/sitemap-99999999999999999999.xml",
        &format!("/blog/search?q={long}"),
        &format!("/blog/{long}"),
        &format!("/blog/@{long}"),
        &format!("/blog/tags/{long}"),
    ] {
        let page = stage.get(path).await;
        assert!(page.status < 500, "{path}: {} {}", page.status, page.text);
    }
}

#[tokio::test]
async fn a_head_is_that_of_the_page() {
    let stage = Stage::new().await;
    let ada = stage.account("ada", "Ada", "Writes.").await;
    stage
        .post(ada, "x", json!({"title": "T", "summary": "s", "body": "b"}))
        .await;
    for path in [
        "/blog/",
        "/blog/x",
        "/blog/nothing",
        "/blog/feed.atom",
        "/blog/sitemap.xml",
        "/robots.txt",
    ] {
        let (page, head) = (stage.get(path).await, stage.head(path).await);
        assert_eq!(
            (head.status, head.text.as_str()),
            (page.status, ""),
            "{path}"
        );
        for name in ["etag", "last-modified", "content-type", "cache-control"] {
            assert_eq!(head.header(name), page.header(name), "{path}, {name}");
        }
    }
}
