//! Lists: filters, cursors, feeds, tags.

use serde_json::{Value, json};

use crate::publication::in_hours;
use crate::stage::{Caller, Stage};

async fn dated(stage: &Stage, author: &Caller, title: &str, second: u32, tags: &[&str]) {
    let post = json!({"title": title, "body": "b", "tags": tags, "status": "published", "published_at": format!("2026-01-01T00:00:{second:02}Z")});
    assert_eq!(stage.post(author, "/posts", post).await.status, 201);
}

async fn follow(stage: &Stage, follower: &Caller, followed: &Caller) {
    stage
        .run(&format!(
            "insert into profile.follows (follower_id, followed_id, created_at) values ('{}', '{}', platform.now())",
            follower.id, followed.id
        ))
        .await;
}

#[tokio::test]
async fn lists_are_newest_first_on_pages_that_stay_right_while_posts_are_added() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    for (title, second) in [("b", 2), ("c", 3), ("a", 1), ("d", 4), ("e", 4)] {
        dated(&stage, &ada, title, second, &["t"]).await;
    }
    for path in [
        "/posts",
        "/posts?tag=t",
        "/posts?author=ada",
        "/posts?author=ADA&tag=T",
    ] {
        for limit in [1, 2, 3, 20] {
            assert_eq!(
                stage.all(None, path, limit, "slug").await,
                ["e", "d", "c", "b", "a"],
                "{path} {limit}"
            );
        }
    }
    let first = stage.get(None, "/posts?limit=2").await;
    assert!(
        first.body["items"][0].get("body").is_none()
            && first.body["items"][0].get("html").is_none()
    );
    stage.published(&ada, "Newest").await;
    stage.act(&ada, "DELETE", "/posts/d").await;
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let rest = stage.get(None, &format!("/posts?cursor={cursor}")).await;
    assert_eq!(rest.each("slug"), ["c", "b", "a"]);
    for path in ["/posts?author=ada", "/posts?tag=t", "/posts?q=x", "/tags"] {
        let sep = if path.contains('?') { '&' } else { '?' };
        assert_eq!(
            stage
                .get(None, &format!("{path}{sep}cursor={cursor}"))
                .await
                .status,
            422,
            "{path}"
        );
    }
    assert!(
        stage
            .all(None, "/posts?author=nobody", 20, "slug")
            .await
            .is_empty()
    );
    stage
        .run("update identity.accounts set disabled_at = platform.now()")
        .await;
    assert!(
        stage.all(None, "/posts", 20, "slug").await.is_empty(),
        "posts of a disabled account are not shown"
    );
    assert_eq!(stage.get(None, "/posts/newest").await.status, 404);
    let talk = stage.get(None, "/posts/newest/comments").await;
    assert_eq!(talk.status, 404, "nor what was said about them");
}

#[tokio::test]
async fn the_many_posts_of_a_disabled_account_leave_no_short_pages() {
    let stage = Stage::new().await;
    let (ada, spammer) = (stage.account("ada").await, stage.account("spam").await);
    let reader = stage.account("reader").await;
    stage
        .run(
            "insert into profile.follows (follower_id, followed_id, created_at)
             select r.id, a.id, platform.now() from identity.accounts r, identity.accounts a
             where r.username = 'reader' and a.username <> 'reader'",
        )
        .await;
    for (title, second) in [("a", 1), ("b", 2), ("c", 3)] {
        dated(&stage, &ada, title, second, &["t"]).await;
        stage
            .act(&ada, "PUT", &format!("/posts/{title}/favorite"))
            .await;
    }
    for second in 4..9 {
        let title = format!("s{second}");
        dated(&stage, &spammer, &title, second, &["t"]).await;
        stage
            .act(&ada, "PUT", &format!("/posts/{title}/favorite"))
            .await;
    }
    stage
        .run("update identity.accounts set disabled_at = platform.now() where username = 'spam'")
        .await;
    for path in [
        "/posts?limit=2",
        "/posts?limit=2&tag=t",
        "/posts?limit=2&favorited_by=ada",
        "/posts?limit=2&following=true",
        "/posts?limit=2&following=true&tag=t",
    ] {
        let page = stage.get(Some(&reader), path).await;
        assert_eq!(page.each("slug"), ["c", "b"], "{path}");
        assert!(page.body["next_cursor"].is_string(), "{path}");
    }
}

#[tokio::test]
async fn people_are_found_however_their_names_are_written() {
    let stage = Stage::new().await;
    let eva = stage.account("strasse").await;
    dated(&stage, &eva, "a", 1, &[]).await;
    stage.act(&eva, "PUT", "/posts/a/favorite").await;
    for name in ["strasse", "STRASSE", "Stra%C3%9Fe"] {
        for filter in ["author", "favorited_by"] {
            let path = format!("/posts?{filter}={name}");
            assert_eq!(stage.all(None, &path, 20, "slug").await, ["a"], "{path}");
        }
    }
}

#[tokio::test]
async fn filters_that_contradict_each_other_are_refused() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    for (query, field) in [
        ("following=true&author=ada", "following"),
        ("following=true&q=x", "following"),
        ("favorited_by=ada&q=x", "favorited_by"),
        ("status=draft&q=x", "q"),
        ("status=draft&following=true", "following"),
        ("tag=%3Cb%3E", "tag"),
        ("status=maybe", "status"),
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("tag=a&tag=b", "tag"),
        ("cursor=x", "cursor"),
        ("q=", "q"),
    ] {
        let answer = stage.get(Some(&ada), &format!("/posts?{query}")).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{query}"
        );
    }
    for status in ["draft", "scheduled", "deleted"] {
        assert_eq!(
            stage
                .get(None, &format!("/posts?status={status}"))
                .await
                .status,
            401
        );
    }
    assert_eq!(stage.get(None, "/posts?following=true").await.status, 401);
}

#[tokio::test]
async fn a_personal_feed_has_the_posts_of_those_whom_one_follows() {
    let stage = Stage::new().await;
    let (ada, bob, eve) = (
        stage.account("ada").await,
        stage.account("bob").await,
        stage.account("eve").await,
    );
    for (author, title, second) in [
        (&ada, "a1", 1),
        (&bob, "b2", 2),
        (&ada, "a3", 3),
        (&eve, "e4", 4),
        (&bob, "b5", 5),
    ] {
        dated(
            &stage,
            author,
            title,
            second,
            &[if second % 2 == 0 { "even" } else { "odd" }],
        )
        .await;
    }
    let reader = stage.account("reader").await;
    assert!(
        stage
            .all(Some(&reader), "/posts?following=true", 20, "slug")
            .await
            .is_empty()
    );
    follow(&stage, &reader, &ada).await;
    follow(&stage, &reader, &bob).await;
    for limit in [1, 3, 20] {
        assert_eq!(
            stage
                .all(Some(&reader), "/posts?following=true", limit, "slug")
                .await,
            ["b5", "a3", "b2", "a1"]
        );
    }
    assert_eq!(
        stage
            .all(Some(&reader), "/posts?following=true&tag=odd", 1, "slug")
            .await,
        ["b5", "a3", "a1"]
    );
    let page = stage
        .get(Some(&reader), "/posts?following=true&limit=1")
        .await;
    let cursor = page.body["next_cursor"].as_str().unwrap();
    follow(&stage, &eve, &ada).await;
    assert_eq!(
        stage
            .get(
                Some(&eve),
                &format!("/posts?following=true&cursor={cursor}")
            )
            .await
            .status,
        422,
        "a cursor is its owner's"
    );
}

#[tokio::test]
async fn favourites_can_be_listed() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    for (title, second) in [("one", 1), ("two", 2), ("three", 3)] {
        dated(&stage, &ada, title, second, &[title]).await;
    }
    stage.act(&bob, "PUT", "/posts/three/favorite").await;
    stage.act(&bob, "PUT", "/posts/one/favorite").await;
    assert_eq!(
        stage.all(None, "/posts?favorited_by=bob", 1, "slug").await,
        ["three", "one"]
    );
    assert_eq!(
        stage
            .all(None, "/posts?favorited_by=bob&tag=one", 20, "slug")
            .await,
        ["one"]
    );
    assert!(
        stage
            .all(None, "/posts?favorited_by=bob&author=bob", 20, "slug")
            .await
            .is_empty()
    );
    assert!(
        stage
            .all(None, "/posts?favorited_by=ada", 20, "slug")
            .await
            .is_empty()
    );
    assert_eq!(
        stage.all(Some(&bob), "/posts", 20, "favorited").await,
        ["true", "false", "true"]
    );
}

#[tokio::test]
async fn tags_are_counted_and_the_most_used_come_first() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    for (number, tags) in [
        vec!["rust", "web"],
        vec!["rust"],
        vec!["rust", "ruby"],
        vec!["web"],
    ]
    .iter()
    .enumerate()
    {
        dated(
            &stage,
            &ada,
            &format!("t{number}"),
            u32::try_from(number).unwrap(),
            tags,
        )
        .await;
    }
    stage
        .post(
            &ada,
            "/posts",
            json!({"title": "draft", "body": "b", "tags": ["hidden"]}),
        )
        .await;
    for limit in [1, 2, 20] {
        assert_eq!(
            stage.all(None, "/tags", limit, "tag").await,
            ["rust", "web", "ruby"]
        );
        assert_eq!(
            stage.all(None, "/tags", limit, "posts_count").await,
            ["3", "2", "1"]
        );
    }
    assert_eq!(
        stage.all(None, "/tags?prefix=RU", 20, "tag").await,
        ["rust", "ruby"]
    );
    stage
        .patch(&ada, "/posts/t0", json!({"tags": ["web", "new"]}))
        .await;
    stage.act(&ada, "POST", "/posts/t2/unpublish").await;
    let tags: Vec<Value> = stage.get(None, "/tags").await.body["items"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(
        json!(tags),
        json!([{"tag": "web", "posts_count": 2}, {"tag": "new", "posts_count": 1}, {"tag": "rust", "posts_count": 1}])
    );
}

/// The list of tags is this one, on pages of any size.
async fn assert_tags(stage: &Stage, expected: &[(&str, i64)]) {
    for limit in [1, 2, 20] {
        let tags = stage.all(None, "/tags", limit, "tag").await;
        let counts = stage.all(None, "/tags", limit, "posts_count").await;
        let listed: Vec<(String, String)> = tags.into_iter().zip(counts).collect();
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(tag, count)| ((*tag).to_owned(), count.to_string()))
            .collect();
        assert_eq!(listed, expected, "{limit}");
    }
}

#[tokio::test]
async fn tags_of_scheduled_posts_make_no_short_pages_and_count_at_their_time() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    for (author, title, tags, hours) in [
        (&ada, "Now", ["both", "now"], None),
        (&ada, "Later", ["both", "later"], Some(1)),
        (&bob, "Later too", ["a-later", "later"], Some(1)),
        (&ada, "Much later", ["later", "much-later"], Some(5)),
    ] {
        let status = if hours.is_some() {
            "scheduled"
        } else {
            "published"
        };
        let post = json!({"title": title, "body": "b", "tags": tags, "status": status, "published_at": hours.map(in_hours)});
        stage.post(author, "/posts", post).await.expect(201);
    }
    let first = stage.get(None, "/tags?limit=2").await;
    assert_eq!(
        (&first.body["items"], &first.body["next_cursor"]),
        (
            &json!([{"tag": "both", "posts_count": 1}, {"tag": "now", "posts_count": 1}]),
            &Value::Null
        ),
        "a full page, and the last"
    );

    stage.later("2 hours").await;
    let come = [("both", 2), ("later", 2), ("a-later", 1), ("now", 1)];
    assert_tags(&stage, &come).await;
    let found = stage.all(None, "/tags?prefix=la", 20, "tag").await;
    assert_eq!(found, ["later"]);
    // Its author is disabled before the task has come, and no longer afterwards.
    let set = |disabled_at: &str| {
        format!("update identity.accounts set disabled_at = {disabled_at} where username = 'bob'")
    };
    stage.run(&set("platform.now()")).await;
    let without = [("both", 2), ("later", 1), ("now", 1)];
    assert_tags(&stage, &without).await;
    for answer in stage.do_tasks("announce_post").await {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_tags(&stage, &without).await;
    stage.run(&set("null")).await;
    assert_tags(&stage, &come).await;
    let waiting = "select count(*) from blog.post_tags t where t.scheduled and t.published_at <= platform.now()";
    assert_eq!(stage.count(waiting).await, 0, "the task has counted them");

    // Put off once more, and brought forward.
    let later = json!({"published_at": in_hours(9)});
    let put_off = stage.post(&ada, "/posts/later/schedule", later).await;
    assert_eq!(put_off.status, 200, "{put_off:?}");
    assert_tags(
        &stage,
        &[("a-later", 1), ("both", 1), ("later", 1), ("now", 1)],
    )
    .await;
    stage.act(&ada, "POST", "/posts/later/publish").await;
    stage.act(&ada, "DELETE", "/posts/much-later").await;
    assert_tags(&stage, &come).await;
}

#[tokio::test]
async fn tags_count_no_posts_of_an_account_while_it_is_disabled() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    for (author, title, tags) in [
        (&ada, "a1", ["rust", "web"]),
        (&ada, "a2", ["rust", "web"]),
        (&bob, "b1", ["rust", "wasm"]),
    ] {
        dated(&stage, author, title, 1, &tags).await;
    }
    let set = |disabled_at: &str| {
        format!("update identity.accounts set disabled_at = {disabled_at} where username = 'ada'")
    };
    let bobs = json!([{"tag": "rust", "posts_count": 1}, {"tag": "wasm", "posts_count": 1}]);
    // Disabled once more, it is not taken off again.
    for _ in 0..2 {
        stage.run(&set("platform.now()")).await;
        assert_eq!(stage.get(None, "/tags").await.body["items"], bobs);
    }
    // A moderator takes a post away meanwhile and gives the other a tag that no post has yet, and a schedule leads past now.
    stage
        .run(
            "update blog.posts set deleted_at = platform.now() where slug = 'a1';
             update blog.posts set published_at = date_trunc('milliseconds', platform.now() + interval '1 day'),
                 tags = '{rust,web,yarn}' where slug = 'a2';
             select blog.index_post(p) from blog.posts p where p.slug in ('a1', 'a2')",
        )
        .await;
    assert_eq!(stage.get(None, "/tags").await.body["items"], bobs);
    stage.run(&set("null")).await;
    assert_eq!(stage.get(None, "/tags").await.body["items"], bobs);
    stage
        .run(
            "update blog.posts set published_at = date_trunc('milliseconds', platform.now() - interval '1 day') where slug = 'a2';
             select blog.index_post(p) from blog.posts p where p.slug = 'a2'",
        )
        .await;
    assert_eq!(
        stage.get(None, "/tags").await.body["items"],
        json!([{"tag": "rust", "posts_count": 2}, {"tag": "wasm", "posts_count": 1}, {"tag": "web", "posts_count": 1},
               {"tag": "yarn", "posts_count": 1}])
    );
}

#[tokio::test]
async fn a_post_names_the_others_of_its_series() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    for (title, second) in [("Part 2", 2), ("Part 1", 1), ("Part 3", 3)] {
        let post = json!({"title": title, "body": "b", "series": "Parts", "status": "published", "published_at": format!("2026-01-01T00:00:{second:02}Z")});
        stage.post(&ada, "/posts", post).await;
    }
    stage
        .post(
            &ada,
            "/posts",
            json!({"title": "Part 4", "body": "b", "series": "Parts"}),
        )
        .await;
    stage
        .post(
            &bob,
            "/posts",
            json!({"title": "Other", "body": "b", "series": "Parts", "status": "published"}),
        )
        .await;
    let part = stage.get(None, "/posts/part-2").await;
    assert_eq!(part.body["series"], "Parts");
    assert_eq!(
        part.body["series_posts"],
        json!([
        {"slug": "part-1", "title": "Part 1"}, {"slug": "part-2", "title": "Part 2"}, {"slug": "part-3", "title": "Part 3"}])
    );
}
