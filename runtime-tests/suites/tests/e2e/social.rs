//! Following, commenting, favourites, search, schedules and pages: what people do with each other's posts.

use serde_json::json;
use spindle_harness::{Account, App, unique};

const BLOG: &str = "/api/v1/blog";

#[tokio::test]
async fn a_reader_finds_follows_likes_and_comments() {
    let app = App::shared();
    let author = Account::new(app).await;
    let reader = Account::new(app).await;
    let title = unique("hippogriff");
    let post = app
        .call("POST", &format!("{BLOG}/posts"))
        .bearer(&author.token)
        .json(json!({"title": title, "body": "A **beast** of two kinds.", "tags": [unique("t")], "status": "published"}))
        .await
        .expect(201);
    let slug = post.text_at("/slug");
    let name = post.text_at("/author/username");

    let followed = app
        .call("PUT", &format!("/api/v1/profile/users/{name}/follow"))
        .bearer(&reader.token)
        .send()
        .await
        .expect(200);
    assert_eq!(followed.body["following"], true);
    let feed = app
        .call("GET", &format!("{BLOG}/posts?following=true"))
        .bearer(&reader.token)
        .send()
        .await
        .expect(200);
    assert_eq!(feed.text_at("/items/0/slug"), slug);

    let loved = app
        .call("PUT", &format!("{BLOG}/posts/{slug}/favorite"))
        .bearer(&reader.token)
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&loved.body["favorites_count"], &loved.body["favorited"]),
        (&json!(1), &json!(true))
    );
    let said = app
        .call("POST", &format!("{BLOG}/posts/{slug}/comments"))
        .bearer(&reader.token)
        .json(json!({"body": "Two *kinds*?"}))
        .await
        .expect(201);
    let answer = app
        .call("POST", &format!("{BLOG}/posts/{slug}/comments"))
        .bearer(&author.token)
        .json(json!({"body": "Two.", "parent_id": said.text_at("/id")}))
        .await
        .expect(201);
    assert_eq!(answer.body["depth"], 1);
    let report = format!("{BLOG}/comments/{}/report", said.text_at("/id"));
    let _ = app
        .call("POST", &report)
        .bearer(&author.token)
        .json(json!({"reason": "off the subject"}))
        .await
        .expect(204);
    let waiting = app
        .call("GET", &format!("{BLOG}/comments"))
        .bearer(&author.token)
        .send()
        .await
        .expect(200);
    assert_eq!(waiting.text_at("/items/0/post/slug"), slug);
    let found = app
        .call("GET", &format!("{BLOG}/search?q={title}"))
        .send()
        .await
        .expect(200);
    assert_eq!(found.text_at("/items/0/slug"), slug);

    let page = app
        .call("GET", &format!("/blog/{slug}"))
        .send()
        .await
        .expect(200);
    for words in [
        "<strong>beast</strong>",
        "Two <em>kinds</em>?",
        "2 comments",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let _ = app.call("GET", "/blog/feed.atom").send().await.expect(200);
    let robots = app.call("GET", "/robots.txt").send().await.expect(200);
    assert!(robots.text.contains("/blog/sitemap.xml"), "{}", robots.text);
}

#[tokio::test]
async fn an_edit_waits_for_its_publication_and_an_old_address_leads_on() {
    let app = App::shared();
    let author = Account::new(app).await;
    let post = app
        .call("POST", &format!("{BLOG}/posts"))
        .bearer(&author.token)
        .json(json!({"title": unique("edit"), "body": "One.", "status": "published"}))
        .await
        .expect(201);
    let (slug, fresh) = (post.text_at("/slug"), unique("edited"));
    let _ = app
        .call("PATCH", &format!("{BLOG}/posts/{slug}/pending"))
        .bearer(&author.token)
        .header("if-match", "*")
        .json(json!({"body": "Two.", "slug": fresh}))
        .await
        .expect(200);
    let seen = app
        .call("GET", &format!("{BLOG}/posts/{slug}"))
        .send()
        .await
        .expect(200);
    assert_eq!(seen.body["body"], "One.");
    let _ = app
        .call("POST", &format!("{BLOG}/posts/{slug}/publish"))
        .bearer(&author.token)
        .send()
        .await
        .expect(200);
    let moved = app
        .call("GET", &format!("{BLOG}/posts/{slug}"))
        .send()
        .await;
    assert_eq!(
        moved.header("location"),
        Some(format!("{BLOG}/posts/{fresh}").as_str())
    );
    let revisions = app
        .call("GET", &format!("{BLOG}/posts/{fresh}/revisions"))
        .bearer(&author.token)
        .send()
        .await
        .expect(200);
    assert_eq!(revisions.text_at("/items/0/origin"), "published");
}

#[tokio::test]
async fn onboarding_goes_step_by_step_to_its_one_end() {
    let app = App::shared();
    let account = Account::new(app).await;
    let _ = app
        .call("POST", "/api/v1/profile/onboarding/complete")
        .bearer(&account.token)
        .send()
        .await
        .problem(409, "conflict");
    for (step, skip) in [
        ("profile", false),
        ("preferences", false),
        ("exchange", true),
    ] {
        let _ = app
            .call("PUT", &format!("/api/v1/profile/onboarding/{step}"))
            .bearer(&account.token)
            .json(json!({"skip": skip}))
            .await
            .expect(200);
    }
    let done = app
        .call("POST", "/api/v1/profile/onboarding/complete")
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(done.text_at("/state"), "completed");
}

#[tokio::test]
async fn a_webhook_shows_a_secret_that_no_list_shows() {
    let app = App::shared();
    let account = Account::new(app).await;
    let hook = app
        .call("POST", &format!("{BLOG}/webhooks"))
        .bearer(&account.token)
        .json(json!({"url": "https://hooks.spindle.dev/x", "events": ["post.published"]}))
        .await
        .expect(201);
    assert!(hook.text_at("/secret").starts_with("whsec_"));
    let path = format!("{BLOG}/webhooks/{}", hook.text_at("/id"));
    let listed = app
        .call("GET", &format!("{BLOG}/webhooks"))
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert!(!listed.body.to_string().contains("whsec_"));
    let _ = app
        .call("DELETE", &path)
        .bearer(&account.token)
        .send()
        .await
        .expect(204);
}
