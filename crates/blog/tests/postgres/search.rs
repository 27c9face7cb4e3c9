//! Search.

use serde_json::json;

use crate::stage::{Caller, Stage};

async fn library(stage: &Stage) -> Caller {
    let ada = stage.account("ada").await;
    for (title, summary, body, tags) in [
        (
            "Python for pilots",
            "Flying snakes",
            "All about **aircraft** and engines.",
            vec!["planes"],
        ),
        (
            "Engines",
            "What drives us",
            "A python eats its own words: <b>pistons</b> & valves.",
            vec!["mechanics"],
        ),
        (
            "Größe zählt",
            "Über Schriften",
            "Typografie mit Café und Привет.",
            vec!["design"],
        ),
        (
            "Databases at night",
            "Indexes while you sleep",
            "Postgres never sleeps. Indexing databases takes a database.",
            vec!["postgres"],
        ),
    ] {
        let post = json!({"title": title, "summary": summary, "body": body, "tags": tags, "status": "published"});
        assert_eq!(stage.post(&ada, "/posts", post).await.status, 201);
    }
    stage
        .post(
            &ada,
            "/posts",
            json!({"title": "Python draft", "body": "unfinished hippopotamus"}),
        )
        .await;
    ada
}

async fn find(stage: &Stage, query: &str) -> Vec<String> {
    stage.all(None, &search(query), 20, "title").await
}

/// The address of a search.
fn search(query: &str) -> String {
    let letter = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'"' => "%22".to_owned(),
        byte if byte.is_ascii() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    format!(
        "/search?q={}",
        query.bytes().map(letter).collect::<String>()
    )
}

#[tokio::test]
async fn title_tags_summary_and_text_are_searched_and_a_title_counts_most() {
    let stage = Stage::new().await;
    let ada = library(&stage).await;
    assert_eq!(
        find(&stage, "python").await,
        ["Python for pilots", "Engines"]
    );
    assert_eq!(
        find(&stage, "engine").await,
        ["Engines", "Python for pilots"],
        "in any form of the word"
    );
    assert_eq!(find(&stage, "mechanics").await, ["Engines"], "tags");
    assert_eq!(
        find(&stage, "sleep").await,
        ["Databases at night"],
        "summary"
    );
    assert_eq!(
        find(&stage, "\"its own words\"").await,
        ["Engines"],
        "a phrase"
    );
    assert_eq!(find(&stage, "python -pilots").await, ["Engines"]);
    assert_eq!(find(&stage, "pistons or aircraft").await.len(), 2);
    for query in [
        "GRO%C3%9FE",
        "gro%C3%9Fe",
        "zahlt",
        "cafe",
        "CAF%C3%89",
        "%D0%9F%D0%A0%D0%98%D0%92%D0%95%D0%A2",
    ] {
        assert_eq!(
            find(&stage, query).await,
            ["Größe zählt"],
            "without case and accents: {query}"
        );
    }
    assert!(
        find(&stage, "hippopotamus").await.is_empty(),
        "drafts are not searched"
    );
    for query in [
        "the",
        "%26%26%26",
        "%22",
        "-",
        "a:*",
        "!!",
        "%27); drop table",
    ] {
        let answer = stage
            .get(None, &format!("/search?q={}", query.replace(' ', "+")))
            .await;
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
    }
    assert_eq!(stage.get(None, "/search").await.fields(), ["q"]);
    assert_eq!(stage.get(None, "/search?q=+").await.fields(), ["q"]);
    assert_eq!(
        stage
            .get(None, &format!("/search?q={}", "x".repeat(201)))
            .await
            .status,
        422
    );

    assert_eq!(
        stage.all(None, "/posts?q=python", 1, "title").await,
        ["Engines", "Python for pilots"],
        "lists are newest first"
    );
    assert_eq!(
        stage
            .all(None, "/posts?q=python&tag=planes", 20, "title")
            .await,
        ["Python for pilots"]
    );
    assert_eq!(
        stage
            .all(None, "/posts?q=python&author=ada", 20, "title")
            .await
            .len(),
        2
    );
    stage
        .patch(&ada, "/posts/engines", json!({"body": "Nothing else."}))
        .await;
    assert_eq!(
        find(&stage, "python").await,
        ["Python for pilots"],
        "an edit is found at once"
    );
    assert_eq!(find(&stage, "pistons").await, [""; 0]);

    // Once the planner knows that there are few, all are looked through at once.
    stage.run("analyze blog.search_entries").await;
    assert_eq!(find(&stage, "python").await, ["Python for pilots"]);
    assert_eq!(
        stage
            .all(None, "/posts?q=python+or+engines", 1, "title")
            .await,
        ["Engines", "Python for pilots"],
        "on pages, too"
    );
}

#[tokio::test]
async fn what_is_written_without_spaces_is_found_by_any_part() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    for (title, body) in [
        ("東京都に住む", "私は東京都でRust言語を学ぶ。猫が好き。"),
        ("京都の秋", "ﾄﾞｲﾂの友だちと京都へ行った。"),
        ("数据库入门", "数据库的索引很重要，要学全文搜索。"),
        ("เรียนภาษาไทย", "ฉันชอบดื่มกาแฟทุกวัน"),
        ("서울의 밤", "한국은 아름답다."),
        ("Silben", "Silben\u{ad}trennung—sagt „Python“…"),
    ] {
        let post = json!({"title": title, "body": body, "status": "published"});
        assert_eq!(stage.post(&ada, "/posts", post).await.status, 201);
    }
    let found: &[(&str, &[&str])] = &[
        ("東京都", &["東京都に住む"]),
        ("東京", &["東京都に住む"]),
        ("京都", &["京都の秋", "東京都に住む"]),
        ("京都 -東京", &["京都の秋"]),
        ("猫", &["東京都に住む"]),
        ("猫 住む", &["東京都に住む"]),
        ("猫 or 索引", &["数据库入门", "東京都に住む"]),
        ("rust", &["東京都に住む"]),
        ("Rust言語", &["東京都に住む"]),
        ("rust言", &["東京都に住む"]),
        ("\"rust言語\" 猫", &["東京都に住む"]),
        ("rust -言語", &[]),
        ("ドイツ", &["京都の秋"]),
        ("全文搜索", &["数据库入门"]),
        ("搜索引", &[]),
        ("重要学", &[]),
        ("กาแฟ", &["เรียนภาษาไทย"]),
        ("한국", &["서울의 밤"]),
        ("silbentrennung", &["Silben"]),
        ("python", &["Silben"]),
    ];
    for &(query, expected) in found {
        let mut titles = find(&stage, query).await;
        titles.sort();
        assert_eq!(titles, expected, "{query}");
    }
    assert_eq!(
        stage
            .all(
                None,
                &search("京都").replace("/search", "/posts"),
                1,
                "title"
            )
            .await,
        ["京都の秋", "東京都に住む"],
        "in lists, too"
    );
    let answer = stage.get(None, &search("pyhton 東京")).await;
    assert_eq!(answer.body["corrected_query"], "python 東京");

    for (query, member, marked) in [
        ("東京都", "title", "<mark>東京都</mark>に住む"),
        ("東京都", "text", "私は<mark>東京都</mark>でRust言語を学ぶ"),
        ("猫", "text", "<mark>猫</mark>が好き"),
        ("rust", "text", "<mark>Rust</mark>言語"),
        (
            "索引 数据库",
            "text",
            "<mark>数据库</mark>的<mark>索引</mark>很重要",
        ),
        ("python", "text", "<mark>Python</mark>"),
    ] {
        let answer = stage.get(None, &search(query)).await;
        let shown = answer.body["items"][0]["highlights"][member].as_str();
        assert!(
            shown.is_some_and(|text| text.contains(marked)),
            "{query}: {shown:?}"
        );
        assert!(
            shown.is_some_and(|text| !text.contains('\u{1}')),
            "{shown:?}"
        );
    }

    let long = "select (blog.words_vector('猫 ' || repeat('word ', 30000) || 'ending') @@ to_tsquery('english', 'ending'))::int::int8";
    assert_eq!(stage.count(long).await, 1, "one such letter hides no word");

    // As by the functions of a version before.
    let old = "update blog.search_entries set vector = to_tsvector('english', 'old') || array_to_tsvector(array(
        select m.lexeme from unnest(vector) m where m.positions is null))";
    stage.run(old).await;
    assert!(find(&stage, "京都").await.is_empty());
    stage
        .run(include_str!(
            "../../../../infra/migrations/V90__search_without_spaces.sql"
        ))
        .await;
    assert_eq!(find(&stage, "京都 -東京").await, ["京都の秋"]);
}

#[tokio::test]
async fn small_mistakes_are_forgiven_and_told() {
    let stage = Stage::new().await;
    library(&stage).await;
    for (query, corrected) in [
        ("pyhton", "python"),
        ("pythn", "python"),
        ("pythhon", "python"),
        ("oython", "python"),
        ("pyhton piolts", "python pilots"),
        ("databses", "databases"),
    ] {
        let answer = stage
            .get(None, &format!("/search?q={}", query.replace(' ', "+")))
            .await;
        assert_eq!(answer.body["corrected_query"], corrected, "{query}");
        assert!(!answer.each("title").is_empty(), "{query}");
    }
    for query in ["python", "xylophone", "qqqq", "engines"] {
        let answer = stage.get(None, &format!("/search?q={query}")).await;
        assert_eq!(
            answer.body["corrected_query"],
            serde_json::Value::Null,
            "{query}"
        );
    }
}

#[tokio::test]
async fn however_many_words_are_mistakes_posts_are_looked_through_six_times() {
    let stage = Stage::new().await;
    library(&stage).await;
    stage
        .run(
            "begin;
             set local track_functions = 'pl';
             select s.corrected
             from blog.search_posts('pyhton piolts databses engins mechnics posgres sleping xylophone', null, null, 20) s",
        )
        .await;
    let passes = stage
        .count(
            "select sum(f.calls)::int8 from pg_stat_xact_user_functions f
             where f.schemaname = 'blog' and f.funcname = 'newest_window'",
        )
        .await;
    stage.run("commit").await;
    // For the query, its words, those that may have been meant, and the corrected query; queries in titles first.
    assert!((4..=6).contains(&passes), "{passes}");
}

#[tokio::test]
async fn no_word_is_told_that_no_post_to_be_seen_has() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let corrected = async |word: &str| {
        let answer = stage.get(None, &format!("/search?q={word}")).await;
        answer.body["corrected_query"].clone()
    };
    let post = json!({"title": "Gone", "body": "Perihelion.", "status": "published"});
    stage.post(&ada, "/posts", post).await;
    assert_eq!(corrected("periheloin").await, "perihelion");
    stage.act(&ada, "POST", "/posts/gone/unpublish").await;
    assert_eq!(corrected("periheloin").await, serde_json::Value::Null);
    stage.published(&ada, "Perihelium").await;
    assert_eq!(
        corrected("perihelion").await,
        "perihelium",
        "one that is known and gone is a mistake too"
    );
    stage
        .run("update identity.accounts set disabled_at = platform.now() where username = 'ada'")
        .await;
    assert_eq!(corrected("perihelion").await, serde_json::Value::Null);
}

#[tokio::test]
async fn highlights_are_html_in_which_only_the_marks_are_tags() {
    let stage = Stage::new().await;
    library(&stage).await;
    let ada = stage.account("eve").await;
    let post = json!({"title": "<i>Valves</i> & \u{e000}marks\u{e001}", "body": "`<script>` valves & \"more\"", "status": "published"});
    stage.post(&ada, "/posts", post).await;
    let answer = stage.get(None, "/search?q=valves").await;
    let texts: Vec<String> = answer.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|hit| {
            [
                hit["highlights"]["title"].as_str().unwrap().to_owned(),
                hit["highlights"]["text"].as_str().unwrap().to_owned(),
            ]
        })
        .collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("<mark>Valves</mark>")),
        "{texts:?}"
    );
    for text in &texts {
        let bare = text.replace("<mark>", "").replace("</mark>", "");
        assert!(
            !bare.contains('<') && !bare.contains('>') && !bare.contains('"'),
            "{text}"
        );
        assert!(
            !bare.contains('\u{e000}') && !bare.contains('\u{e001}'),
            "{text}"
        );
    }
}

#[tokio::test]
async fn excerpts_of_long_texts_are_of_where_the_words_are() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let filler = "Nothing of it is here. ".repeat(400);
    let body =
        format!("{filler}\n\nA heron waded.\n\n{filler}\n\nHappy storks nested.\n\n{filler}");
    let post = json!({"title": "Waders", "body": body, "status": "published"});
    stage.post(&ada, "/posts", post).await;
    for (words, marks) in [
        ("heron", &["<mark>heron</mark>"][..]),
        ("happy+heron", &["<mark>heron</mark>", "<mark>Happy</mark>"]),
        (
            "%22storks+nested%22",
            &["<mark>storks</mark>", "<mark>nested</mark>"],
        ),
        ("storks+-geese", &["<mark>storks</mark>"]),
    ] {
        let answer = stage.get(None, &format!("/search?q={words}")).await;
        let excerpt = answer.body["items"][0]["highlights"]["text"]
            .as_str()
            .unwrap_or_else(|| panic!("{words}: {answer:?}"));
        assert!(
            marks.iter().all(|mark| excerpt.contains(mark)),
            "{words}: {excerpt}"
        );
        assert!(excerpt.len() < 600, "{words}: {excerpt}");
    }
    // Of a text without the words its beginning.
    let answer = stage.get(None, "/search?q=waders").await;
    let excerpt = answer.body["items"][0]["highlights"]["text"]
        .as_str()
        .unwrap();
    assert!(excerpt.starts_with("Nothing of it"), "{excerpt}");
}
