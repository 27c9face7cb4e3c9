//! The pages on a real Postgres. `PAGES=<folder>` keeps them, for a browser to take screenshots of.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod feeds;
mod reading;
mod sitemap;
mod stage;

use http::StatusCode;
use serde_json::{Value, json};

use stage::{Stage, library};

fn keep(name: &str, text: &str) {
    if let Ok(folder) = std::env::var("PAGES") {
        std::fs::write(format!("{folder}/{name}"), text).unwrap();
    }
}

#[tokio::test]
async fn every_page_is_there_and_says_what_it_is() {
    let stage = library().await;
    let style = stage
        .get("/blog/")
        .await
        .text
        .split("/blog/style-")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let sheet = stage.get(&format!("/blog/style-{style}")).await;
    assert!(sheet.header("cache-control").contains("immutable"));
    keep("style.css", &sheet.text);
    for (path, file, kind, words) in [
        (
            "/blog/",
            "index.html",
            "text/html",
            vec![
                "The loom and the engine",
                "Older posts",
                "Ada Byron",
                "\"@type\":\"Blog\"",
            ],
        ),
        (
            "/blog/the-loom-and-the-engine",
            "post.html",
            "text/html",
            vec![
                "<h1>The loom and the engine</h1>",
                "application/ld+json",
                "og:title",
                "rel=\"canonical\"",
                "3 comments",
                "Notes on the engine",
                "A &lt;loom&gt;",
            ],
        ),
        (
            "/blog/tables",
            "short.html",
            "text/html",
            vec!["Tables &amp; &lt;angles&gt;", "First", "No comments yet"][..1].to_vec(),
        ),
        (
            "/blog/tags",
            "topics.html",
            "text/html",
            vec!["debugging", "c++"],
        ),
        (
            "/blog/tags/C++",
            "topic.html",
            "text/html",
            vec![
                "The loom and the engine",
                "/blog/tags/c%2B%2B/feed.atom",
                "\"@type\":\"CollectionPage\"",
            ],
        ),
        (
            "/blog/@ADA",
            "author.html",
            "text/html",
            vec![
                "Ada Byron",
                "Occasionally about horses",
                "Lisbon",
                "\"@type\":\"ProfilePage\"",
            ],
        ),
        (
            "/blog/search?q=moht",
            "search.html",
            "text/html",
            vec!["<mark>Moth</mark>", "these have “<bdi>moth</bdi>”"],
        ),
        (
            "/blog/search",
            "form.html",
            "text/html",
            vec!["type=\"search\""],
        ),
        (
            "/blog/feed.atom",
            "feed.atom",
            "application/atom+xml",
            vec![
                "urn:uuid:",
                "xml:base=\"http://localhost:3000/blog/the-loom-and-the-engine\"",
            ],
        ),
        (
            "/blog/feed.rss",
            "feed.rss",
            "application/rss+xml",
            vec![
                "<content:encoded>",
                "=&quot;http://localhost:3000/blog/the-loom-and-the-engine#fn-1&quot;",
            ],
        ),
        (
            "/blog/feed.json",
            "feed.json",
            "application/feed+json",
            vec![
                "https://jsonfeed.org/version/1.1",
                "=\\\"http://localhost:3000/blog/the-loom-and-the-engine#fn-1\\\"",
            ],
        ),
        (
            "/blog/@ada/feed.atom",
            "ada.atom",
            "application/atom+xml",
            vec!["Ada Byron"],
        ),
        (
            "/blog/tags/engines/feed.rss",
            "engines.rss",
            "application/rss+xml",
            vec!["#engines"],
        ),
        (
            "/blog/sitemap.xml",
            "sitemap.xml",
            "application/xml",
            vec!["/blog/sitemap-pages.xml</loc>", "/blog/sitemap-1.xml</loc>"],
        ),
        (
            "/blog/sitemap-1.xml",
            "part.xml",
            "application/xml",
            vec!["/blog/the-loom-and-the-engine"],
        ),
        (
            "/blog/sitemap-pages.xml",
            "pages.xml",
            "application/xml",
            vec!["<loc>http://localhost:3000/blog/tags</loc>"],
        ),
        (
            "/robots.txt",
            "robots.txt",
            "text/plain",
            vec![
                "User-agent: *\n",
                "\nDisallow: /api/\n",
                "\nDisallow: /oauth2/\n",
                "\nSitemap: http://localhost:3000/blog/sitemap.xml\n",
            ],
        ),
    ] {
        let page = stage.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert!(
            page.header("content-type").starts_with(kind),
            "{path}: {}",
            page.header("content-type")
        );
        for word in words {
            assert!(
                page.text.contains(word),
                "{path} says {word}: {}",
                page.text
            );
        }
        assert!(
            page.header("content-security-policy")
                .contains("script-src 'none'"),
            "{path}"
        );
        assert_eq!(page.header("cache-control"), "public, no-cache", "{path}");
        let same = stage
            .ask(path, &[("if-none-match", page.header("etag"))])
            .await;
        assert_eq!((same.status, same.text.as_str()), (304, ""), "{path}");
        keep(
            file,
            &page
                .text
                .replace(&format!("/blog/style-{style}"), "style.css"),
        );
    }
    let json: Value = serde_json::from_str(&stage.get("/blog/feed.json").await.text).unwrap();
    assert_eq!(json["items"].as_array().unwrap().len(), 22);
}

#[tokio::test]
async fn what_is_not_there_is_told_in_html() {
    let stage = library().await;
    let missing = (404, "There is no such page");
    let invalid = (400, "This address is not valid");
    for (path, (status, words)) in [
        ("/blog/nothing", missing),
        ("/blog/@nobody", missing),
        ("/blog/@nobody/feed.atom", missing),
        ("/blog/nothing/feed.atom", missing),
        ("/blog/tags/%3Cb%3E", missing),
        ("/blog/style-0.css", missing),
        ("/blog/sitemap-2.xml", missing),
        ("/blog/sitemap-01.xml", missing),
        ("/blog/a/b/c", missing),
        ("/blog/feed.xml", missing),
        ("/blog/?cursor=x", invalid),
        ("/blog/?limit=x", invalid),
        ("/blog/@ada?limit=0", invalid),
        ("/blog/search?q=a&q=b", invalid),
    ] {
        let page = stage.get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(
            page.header("content-type").starts_with("text/html") && page.text.contains(words),
            "{path}: {}",
            page.text
        );
    }
    assert_eq!(
        stage
            .get("/blog/the-loom-and-the-engine?limit=x")
            .await
            .status,
        200,
        "a post has no pages"
    );
}

#[tokio::test]
async fn a_browser_is_told_in_html_that_something_went_wrong() {
    let stage = Stage::new().await;
    stage
        .sql
        .batch_execute("drop function blog.read_post, blog.list_page, blog.feed")
        .await
        .unwrap();
    let browser = [("accept", "text/html,*/*;q=0.8")];
    for path in ["/blog/", "/blog/x", "/blog/@ada", "/blog/tags/c%2B%2B"] {
        for (headers, kind) in [
            (&browser[..], "text/html"),
            (&browser[..0], "application/problem+json"),
        ] {
            let page = stage.ask(path, headers).await;
            assert_eq!(page.status, 500, "{path}: {}", page.text);
            assert!(page.header("content-type").starts_with(kind), "{path}");
        }
    }
    let page = stage.ask("/blog/x", &browser).await;
    assert!(page.text.contains(page.header("x-request-id")));
    let feed = stage.get("/blog/tags/a/feed.atom").await;
    assert_eq!(feed.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn an_edit_is_seen_at_once_and_an_old_address_leads_to_the_new_one() {
    let stage = library().await;
    let before = stage.get("/blog/tables").await;
    stage
        .sql
        .execute(
            "select blog.update_post('{}', 'tables', p.author_id, false, null, '{\"title\": \"Chairs\", \"slug\": \"chairs\"}', 'saved', null)
             from blog.posts p where p.slug = 'tables'",
            &[],
        )
        .await
        .unwrap();
    let moved = stage.get("/blog/tables?x=1").await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (StatusCode::PERMANENT_REDIRECT.as_u16(), "/blog/chairs?x=1")
    );
    let after = stage
        .ask("/blog/chairs", &[("if-none-match", before.header("etag"))])
        .await;
    assert!(after.status == 200 && after.text.contains("<h1>Chairs</h1>"));
    stage
        .sql
        .batch_execute("update blog.posts set status = 'draft' where slug = 'chairs'")
        .await
        .unwrap();
    assert_eq!(stage.get("/blog/chairs").await.status, 404);
    assert_eq!(stage.get("/blog/tables").await.status, 404);
}

#[tokio::test]
async fn who_knows_a_time_alone_is_sent_the_page() {
    let stage = library().await;
    let before = stage.get("/blog/").await;
    assert!(before.text.contains("/blog/tables"), "{}", before.text);
    let known = [("if-modified-since", before.header("last-modified"))];
    stage
        .sql
        .batch_execute("update blog.posts set status = 'draft' where slug = 'tables'")
        .await
        .unwrap();
    let after = stage.ask("/blog/", &known).await;
    assert_eq!(
        (after.status, after.header("last-modified")),
        (200, before.header("last-modified")),
        "what left the list was not its newest"
    );
    assert!(!after.text.contains("/blog/tables"), "{}", after.text);
}

#[tokio::test]
async fn older_posts_are_reached_by_links_alone() {
    let stage = library().await;
    let mut path = "/blog/".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = stage.get(&path).await;
        seen.extend(
            page.text
                .split("<h2><a href=\"")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().to_owned()),
        );
        match page
            .text
            .split("<a href=\"")
            .find(|rest| rest.contains("rel=\"next\"") && rest.starts_with("/blog/?cursor="))
        {
            Some(link) => path = link.split('"').next().unwrap().to_owned(),
            None => break,
        }
        assert!(seen.len() < 100, "no end");
    }
    let last = stage.get(&path).await.text;
    assert!(last.contains("<a href=\"/blog/\">← Newest posts</a>") && last.contains("noindex"));
    let total = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((total, seen.len()), (22, 22));
}

#[tokio::test]
async fn all_comments_are_reached_by_links_alone() {
    let stage = Stage::new().await;
    let ada = stage.account("ada", "Ada", "Writes.").await;
    let post = json!({"title": "X", "summary": "s", "body": "b"});
    stage.post(ada, "x", post).await;
    for number in 0..101 {
        let body = format!("Comment {number}.");
        stage.comment("x", ada, &body, None).await;
    }
    let first = stage.get("/blog/x").await.text;
    let said = |page: &str, number: u8| page.contains(&format!("<p>Comment {number}.</p>"));
    assert!(said(&first, 0) && said(&first, 99) && !said(&first, 100));
    let next = first
        .split("<a href=\"")
        .find(|rest| rest.starts_with("/blog/x?cursor="))
        .and_then(|rest| rest.split("#_comments\"").next())
        .unwrap();
    let last = stage.get(next).await.text;
    assert!(said(&last, 100) && !said(&last, 99), "{last}");
    for words in [
        "<a href=\"/blog/x#_comments\">← First comments</a>",
        "rel=\"canonical\" href=\"http://localhost:3000/blog/x\"",
        "101 comments",
    ] {
        assert!(last.contains(words), "{words}: {last}");
    }
    assert_eq!(stage.get("/blog/x?cursor=x").await.status, 400);
}

#[tokio::test]
async fn what_people_write_stands_below_the_title_of_its_page() {
    let stage = Stage::new().await;
    let ada = stage.account("ada", "Ada", "Writes.").await;
    let body = "# Main\n\n# Comments\n\n## Words";
    let post = json!({"title": "T", "summary": "s", "body": body, "tags": []});
    stage.post(ada, "x", post).await;
    let page = stage.get("/blog/x").await.text;
    assert_eq!(page.matches("<h1").count(), 1, "{page}");
    for words in [
        "<h2 id=\"main\">",
        "<h2 id=\"comments\">",
        "<h3 id=\"words\">",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for id in ["main", "comments"] {
        let id = format!("id=\"{id}\"");
        assert_eq!(page.matches(&id).count(), 1, "{id}: {page}");
    }
    assert!(
        !page.contains(":null") && !page.contains(":[]"),
        "what is not known is not said: {page}"
    );
    let empty = stage.get("/blog/tags/nothing").await;
    assert!(empty.status == 200 && empty.text.contains("noindex"));
}

#[tokio::test]
async fn an_author_is_found_however_their_name_is_written() {
    let stage = Stage::new().await;
    stage.account("strasse", "Eva", "Writes.").await;
    for path in ["/blog/@Stra%C3%9Fe", "/blog/@STRASSE/feed.json"] {
        assert_eq!(stage.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn hostile_words_stay_words() {
    let stage = Stage::new().await;
    let eve = stage
        .account(
            "eve",
            "</script><script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
        )
        .await;
    stage
        .post(eve, "x", json!({"title": "</script><script>alert(2)</script>", "summary": "\"><script>alert(3)</script>", "body": "<img src=x onerror=alert(4)> ]]>",
            "tags": ["a"], "cover": {"url": "https://a.example/\"onload=\"x", "alt": "\" onload=\"alert(5)"}}))
        .await;
    for path in [
        "/blog/",
        "/blog/x",
        "/blog/@eve",
        "/blog/search?q=%3Cscript%3Ealert(6)%3C/script%3E",
        "/blog/feed.atom",
        "/blog/feed.rss",
    ] {
        let page = stage.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            !page.text.contains("<script>")
                && !page.text.contains("<img src=x")
                && !page.text.contains("\" onload="),
            "{path}: {}",
            page.text
        );
    }
}

#[tokio::test]
async fn searching_is_limited_by_address_and_reading_is_free() {
    let stage = Stage::limited("search=2/3600").await;
    let here = [("spin-client-addr", "192.0.2.1:999")];
    for expected in [200, 200, 429] {
        let page = stage.ask("/blog/search?q=loom", &here).await;
        assert_eq!(page.status, expected, "{}", page.text);
        assert_eq!(page.header("ratelimit-policy"), "\"search\";q=2;w=3600");
    }
    for path in ["/blog/search", "/blog/search/?q=loom"] {
        assert_eq!(stage.ask(path, &here).await.status, 429, "{path}");
    }
    let reader = [here[0], ("accept", "text/html,*/*;q=0.8")];
    let page = stage.ask("/blog/search?q=loom", &reader).await;
    assert!(page.status == 429 && page.text.contains("That was too often"));
    assert!(page.header("content-type").starts_with("text/html"));
    let elsewhere = [("spin-client-addr", "192.0.2.2:999")];
    let page = stage.ask("/blog/search?q=loom", &elsewhere).await;
    assert_eq!(page.status, 200);
    assert_eq!(stage.ask("/blog/", &here).await.status, 200);
}
