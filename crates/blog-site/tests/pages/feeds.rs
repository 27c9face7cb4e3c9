//! Feeds: never old, and whole addresses in them.

use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn what_xml_can_not_say_is_left_out_of_feeds() {
    let stage = Stage::new().await;
    let ada = stage.account("ada", "A\u{1}da", "Writes.").await;
    let words = "Be\u{8}f\u{fffe}ore ]]> & <after>";
    let post = json!({"title": words, "summary": words, "body": words, "tags": ["a"]});
    stage.post(ada, "x", post).await;
    for path in ["/blog/feed.atom", "/blog/feed.rss"] {
        let text = stage.get(path).await.text;
        let is_odd = |c: char| (c < ' ' && !"\t\r\n".contains(c)) || c == '\u{fffe}';
        assert!(!text.contains(is_odd), "{path}: {text:?}");
        let title = "<title>Before ]]&gt; &amp; &lt;after&gt;</title>";
        assert!(
            text.contains(title) && text.contains("Ada"),
            "{path}: {text}"
        );
        assert!(!text.contains("]]>"), "{path}: {text}");
    }
}

#[tokio::test]
async fn a_feed_is_kept_till_its_posts_are_others_and_what_is_nobodys_or_empty_is_not() {
    let stage = Stage::with_store().await;
    let ada = stage.account("ada", "Ada", "Writes.").await;
    let post = |title: &str| json!({"title": title, "summary": "s", "body": "b", "tags": ["a"]});
    stage.post(ada, "first", post("The first")).await;
    let feeds = [
        "/blog/feed.atom",
        "/blog/@ada/feed.rss",
        "/blog/tags/a/feed.json",
    ];
    for path in feeds {
        assert!(stage.get(path).await.text.contains("The first"), "{path}");
    }
    stage.replace_in_store("The first", "What is kept");
    for path in feeds {
        let kept = stage.get(path).await;
        assert!(kept.text.contains("What is kept"), "{path}");
        let known = [("if-none-match", kept.header("etag"))];
        assert_eq!(stage.ask(path, &known).await.status, 304, "{path}");
    }
    stage.post(ada, "second", post("The second")).await;
    let change = "select blog.update_post('{}', 'first', p.author_id, false, null, '{\"title\": \"The other\"}', 'saved', null)
                  from blog.posts p where p.slug = 'first'";
    let delete = "select blog.delete_post('{}', 'second', p.author_id, false, null)
                  from blog.posts p where p.slug = 'second'";
    for (what, shown, gone) in [
        ("select 1", "The second", "What is kept"),
        (change, "The other", "The first"),
        (
            "update profile.profiles set display_name = 'Augusta'",
            "Augusta",
            "Ada",
        ),
        (delete, "The other", "The second"),
        (
            "update identity.accounts set disabled_at = platform.now()",
            "",
            "The other",
        ),
    ] {
        let known = stage.get(feeds[0]).await;
        stage.sql.batch_execute(what).await.unwrap();
        for path in feeds {
            let text = stage.get(path).await.text;
            assert!(
                text.contains(shown) && !text.contains(gone),
                "{what}, {path}: {text}"
            );
        }
        if what != "select 1" {
            let known = [("if-none-match", known.header("etag"))];
            assert_eq!(stage.ask(feeds[0], &known).await.status, 200, "{what}");
        }
    }
    for (path, status) in [
        ("/blog/@ada/feed.rss", 404),
        ("/blog/@nobody/feed.atom", 404),
        ("/blog/tags/nothing/feed.atom", 200),
    ] {
        assert_eq!(stage.get(path).await.status, status, "{path}");
    }
    assert_eq!(
        stage.kept(),
        [
            "blog-site.feed.atom",
            "blog-site.feed.json.#a",
            "blog-site.feed.rss.@ada"
        ]
    );
}
