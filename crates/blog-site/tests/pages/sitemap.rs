//! The sitemap: every post once, in parts that stay as they are, never old.

use serde_json::json;

use crate::stage::Stage;

/// The parts that the index lists, and the slugs in each.
async fn listed(stage: &Stage) -> Vec<(String, Vec<String>)> {
    let within = |text: &str, begin: &str, end: char| -> Vec<String> {
        text.split(begin)
            .skip(1)
            .map(|rest| rest.split(end).next().unwrap().to_owned())
            .collect()
    };
    let index = stage.get("/blog/sitemap.xml").await.text;
    let mut parts = Vec::new();
    for name in within(&index, "/blog/sitemap-", '.') {
        let part = stage.get(&format!("/blog/sitemap-{name}.xml")).await;
        assert_eq!(part.status, 200, "{name}");
        parts.push((
            name,
            within(&part.text, "<loc>http://localhost:3000/blog/", '<'),
        ));
    }
    parts
}

fn parts(expected: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |slugs: &[&str]| slugs.iter().map(|slug| (*slug).to_owned()).collect();
    let pages: &[&str] = &["", "tags"];
    let mut parts = vec![("pages".to_owned(), owned(pages))];
    parts.extend(
        expected
            .iter()
            .map(|(name, slugs)| ((*name).to_owned(), owned(slugs))),
    );
    parts
}

#[tokio::test]
async fn every_post_is_in_one_part_that_is_right_after_each_change() {
    let stage = Stage::with_store().await;
    assert_eq!(listed(&stage).await, parts(&[]));
    let ada = stage.account("ada", "Ada", "Writes.").await;
    let eve = stage.account("eve", "Eve", "Spams.").await;
    let post = |title: &str| json!({"title": title, "summary": "s", "body": "b"});
    stage.post(ada, "first", post("First")).await;
    stage
        .sql
        .batch_execute("alter table blog.publications alter column number restart with 1000")
        .await
        .unwrap();
    for (author, slug) in [(ada, "second"), (ada, "third"), (eve, "fourth")] {
        stage.post(author, slug, post(slug)).await;
    }
    let hour = 3_600_000;
    let mut later = post("Later");
    later["published_at_ms"] = json!(stage.now_ms().await + hour);
    stage.post(ada, "later", later).await;
    let all = parts(&[("1", &["first", "second"]), ("2", &["third", "fourth"])]);
    assert_eq!(listed(&stage).await, all);

    for (change, expected) in [
        (
            "select blog.update_post('{}', 'second', p.author_id, false, null, '{\"slug\": \"other\"}', 'saved', null)
             from blog.posts p where p.slug = 'second'",
            parts(&[("1", &["first", "other"]), ("2", &["third", "fourth"])]),
        ),
        (
            "update blog.posts set status = 'draft' where slug = 'first'",
            parts(&[("1", &["other"]), ("2", &["third", "fourth"])]),
        ),
        (
            "update blog.posts set status = 'published' where slug = 'first'",
            parts(&[("1", &["other"]), ("2", &["third", "fourth", "first"])]),
        ),
        (
            "update identity.accounts set disabled_at = platform.now() where username = 'eve'",
            parts(&[("1", &["other"]), ("2", &["third", "first"])]),
        ),
        (
            "select blog.delete_post('{}', p.slug, p.author_id, false, null)
             from blog.posts p where p.slug = 'other'",
            parts(&[("2", &["third", "first"])]),
        ),
        (
            "delete from blog.posts where slug = 'third'",
            parts(&[("2", &["first"])]),
        ),
        (
            "update blog.posts set published_at = published_at - interval '2 hours' where slug = 'later'",
            parts(&[("2", &["later", "first"])]),
        ),
        (
            "update identity.accounts set disabled_at = platform.now() where username = 'ada'",
            // A sitemap of nothing is not valid.
            parts(&[("2", &[""])]),
        ),
    ] {
        stage.sql.batch_execute(change).await.unwrap();
        assert_eq!(listed(&stage).await, expected, "{change}");
    }
    assert_eq!(stage.get("/blog/sitemap-1.xml").await.status, 404);
}

#[tokio::test]
async fn a_part_tells_when_its_posts_were_changed() {
    let stage = Stage::new().await;
    let ada = stage.account("ada", "Ada", "Writes.").await;
    let mut post = json!({"title": "A", "summary": "s", "body": "b"});
    post["published_at_ms"] = json!(1_780_000_000_000_i64);
    stage.post(ada, "a", post).await;
    let part = stage.get("/blog/sitemap-1.xml").await;
    let time = part.text.split("<lastmod>").nth(1).unwrap();
    assert!(
        time.starts_with("20") && time.contains("Z</lastmod>"),
        "{time}"
    );
    assert!(!part.header("last-modified").is_empty());
}
