//! The order of what a search finds, from page to page.

use crate::stage::Stage;

/// So many posts of one account, each a second older than the one before; title and text are SQL that may use `i`.
async fn many(stage: &Stage, posts: i64, title: &str, text: &str) {
    stage
        .run(&format!(
            "insert into blog.posts (id, author_id, slug, title, body, html, toc, text, words, tags, status, published_at, created_at, updated_at)
             select gen_random_uuid(), a.id, 'p-' || i, {title}, '', '', '[]', {text}, 1, '{{}}', 'published',
                    date_trunc('milliseconds', platform.now()) - i * interval '1 s',
                    date_trunc('milliseconds', platform.now()), date_trunc('milliseconds', platform.now())
             from identity.accounts a, generate_series(1, {posts}) i where a.username = 'ada';
             insert into blog.search_entries select p.id, p.published_at, blog.search_vector(p) from blog.posts p on conflict do nothing;
             analyze blog.search_entries"
        ))
        .await;
}

fn assert_distinct(slugs: &[String], count: usize) {
    let mut distinct = slugs.to_vec();
    distinct.sort();
    distinct.dedup();
    assert_eq!(
        (slugs.len(), distinct.len()),
        (count, count),
        "pages neither skip nor repeat"
    );
}

#[tokio::test]
async fn results_have_pages_to_the_last_and_common_words_rank_the_newest() {
    let stage = Stage::new().await;
    stage.account("ada").await;
    let rare = "case when i % 100 = 0 then 'rare' else '' end";
    many(&stage, 3000, "'Common ' || i", rare).await;
    assert_distinct(&stage.all(None, "/search?q=rare", 7, "slug").await, 30);
    assert_distinct(
        &stage.all(None, "/search?q=common", 100, "slug").await,
        3000,
    );
    let common = stage.get(None, "/search?q=common&limit=100").await;
    let places = common.each("slug");
    let mut newest: Vec<u32> = places
        .iter()
        .map(|slug| slug[2..].parse().unwrap())
        .collect();
    newest.sort_unstable();
    assert_eq!(newest, (1..=100).collect::<Vec<_>>(), "the newest hundred");
    assert_distinct(
        &stage.all(None, "/search?q=common+-rare", 100, "slug").await,
        2970,
    );
    assert_eq!(
        stage
            .get(None, "/posts?q=common&limit=3")
            .await
            .each("slug"),
        ["p-1", "p-2", "p-3"]
    );
    assert_eq!(
        stage.get(None, "/posts?q=rare&limit=2").await.each("slug"),
        ["p-100", "p-200"]
    );
}

#[tokio::test]
async fn a_title_comes_before_any_number_of_newer_texts() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    let title = "case when i in (2900, 3000) then 'A kestrel' else 'Birds' end";
    let text = "case when i <= 2900 then 'The kestrel, a kestrel' else 'Owls, kites, ospreys, harriers, eagles, buzzards' end";
    many(&stage, 3000, title, text).await;
    let slugs = stage.all(None, "/search?q=kestrel", 30, "slug").await;
    assert_distinct(&slugs, 2901);
    assert_eq!(slugs[..2], ["p-2900", "p-3000"], "of titles the best");

    // What is published or deleted while somebody reads hides nothing from them.
    let path = "/search?q=kestrel&limit=30";
    let first = stage.get(None, path).await;
    stage.published(&ada, "Kestrel").await;
    let gone = ["p-1", "p-33", "p-77", "p-100", "p-101", "p-2900"];
    stage
        .run(&format!(
            "delete from blog.posts where slug in ('{}')",
            gone.join("', '")
        ))
        .await;
    let mut cursor = first.body["next_cursor"].as_str().unwrap().to_owned();
    let mut rest = Vec::new();
    while !cursor.is_empty() {
        let page = stage.get(None, &format!("{path}&cursor={cursor}")).await;
        rest.extend(page.each("slug"));
        cursor = page.body["next_cursor"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
    }
    let mut expected: Vec<_> = slugs[30..]
        .iter()
        .filter(|slug| !gone.contains(&slug.as_str()))
        .cloned()
        .collect();
    // Lots that had not begun may begin elsewhere, and have another order.
    rest.sort();
    expected.sort();
    assert_eq!(rest, expected, "none is skipped or comes twice");
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let foreign = stage
        .get(None, &format!("/search?q=birds&cursor={cursor}"))
        .await;
    assert_eq!(foreign.status, 422, "{foreign:?}");
}
