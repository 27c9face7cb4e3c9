//! What a read touches does not grow with the blog: the pages of the database that each statement looks at, those inside of functions
//! too, on a small blog and on one of many times as many posts.

use serde_json::Value;
use spindle_harness::{Database, size};
use spindle_postgres::Server;
use tokio_postgres::Client;

/// More than are searched in one pass.
const SMALL: u64 = 2_000;

/// Of the large blog.
fn many() -> u64 {
    u64::try_from(size(6_000, 24_000)).unwrap()
}

/// Blocks that the statement looked at, once everything is known that is looked up once in a session.
async fn blocks(sql: &Client, statement: &str) -> i64 {
    let mut touched = 0;
    for _ in 0..3 {
        let row = sql
            .query_one(
                &format!("explain (analyze, buffers, format json) {statement}"),
                &[],
            )
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        let plan: Value = row.get(0);
        let count = |name: &str| plan[0]["Plan"][name].as_i64().unwrap();
        touched = count("Shared Hit Blocks") + count("Shared Read Blocks");
    }
    touched
}

/// When the post was published that four fifths of so many are newer than, in milliseconds.
async fn deep_ms(sql: &Client, posts: u64) -> i64 {
    sql.query_one(
        "select (extract(epoch from p.published_at) * 1000)::int8 from blog.posts p where p.slug = $1",
        &[&format!("seeded-{}", posts * 4 / 5)],
    )
    .await
    .unwrap()
    .get(0)
}

/// The statements of the reads. The frequent words are in most texts, the rare one is in one title.
fn reads(reader: &str, frequent: &[String], rare: &str, deep_ms: i64) -> Vec<(String, String)> {
    let none = "null";
    let list = |author: &str, tag: &str, following: bool, words: &str, after: &str| {
        format!(
            "select l.items from blog.list_posts('published', {author}, {tag}, {following}, null, {words}, '{reader}', {after}, null, 20) l"
        )
    };
    // Whole posts, for who knows no stamp.
    let atom = |author: &str, tag: &str| {
        format!("select f.document from blog.feed({author}, {tag}, 30, null) f")
    };
    let search = |words: &str| {
        format!("select s.items from blog.search_posts('{words}', '{reader}', null, 20) s")
    };
    let (one, two) = (&frequent[0], &frequent[1]);
    let quoted = |word: &str| format!("'{word}'");
    // Fingers swap.
    let misspelt = format!("{}{}{}", &one[..2], &one[3..4], &one[2..3]) + &one[4..];
    [
        ("list", list(none, none, false, none, none)),
        (
            "list, deep",
            list(none, none, false, none, &deep_ms.to_string()),
        ),
        ("tag", list(none, "'tag-1'", false, none, none)),
        (
            "tag, deep",
            list(none, "'tag-1'", false, none, &deep_ms.to_string()),
        ),
        ("author", list("'seeded-1'", none, false, none, none)),
        (
            "author, deep",
            list("'seeded-1'", none, false, none, &deep_ms.to_string()),
        ),
        (
            "tag and author",
            list("'seeded-1'", "'tag-1'", false, none, none),
        ),
        ("feed", list(none, none, true, none, none)),
        (
            "list, frequent word",
            list(none, none, false, &quoted(one), none),
        ),
        (
            "list, frequent word of an author with a tag",
            list("'seeded-1'", "'tag-1'", false, &quoted(one), none),
        ),
        (
            "list, rare word",
            list(none, none, false, &quoted(rare), none),
        ),
        ("search, frequent word", search(one)),
        (
            "search, two frequent words",
            search(&format!("{one} {two}")),
        ),
        ("search, rare word", search(rare)),
        (
            "search, rare and frequent",
            search(&format!("{one} {rare}")),
        ),
        ("search, misspelt", search(&misspelt)),
        (
            "post",
            format!("select r.post from blog.read_post('seeded-1', '{reader}', false) r"),
        ),
        ("Atom", atom(none, none)),
        ("Atom of a tag", atom(none, "'tag-1'")),
        ("Atom of an author", atom("'seeded-1'", none)),
        (
            "tags",
            "select t.items from blog.list_tags(null, null, null, 20) t".to_owned(),
        ),
    ]
    .map(|(name, statement)| (name.to_owned(), statement))
    .to_vec()
}

/// Whether a word that only the oldest of all posts has finds it.
async fn oldest_is_found(sql: &Client) {
    let row = sql
        .query_one(
            "select split_part(p.title, ' ', 3), p.slug from blog.posts p order by p.published_at limit 1",
            &[],
        )
        .await
        .unwrap();
    let (word, slug): (String, String) = (row.get(0), row.get(1));
    for statement in [
        format!("select s.items from blog.search_posts('{word}', null, null, 100) s"),
        format!(
            "select l.items from blog.list_posts('published', null, null, false, null, '{word}', null, null, null, 100) l"
        ),
    ] {
        let items: String = sql.query_one(&statement, &[]).await.unwrap().get(0);
        let items: Value = serde_json::from_str(&items).unwrap();
        let slugs: Vec<&Value> = items
            .as_array()
            .unwrap()
            .iter()
            .map(|item| &item["slug"])
            .collect();
        assert_eq!(slugs, [&Value::String(slug.clone())], "{statement}");
    }
}

/// On a server of its own: seeding is one long transaction after another, and those hold up what tests beside this one wait for.
#[tokio::test]
async fn reads_find_the_oldest_post_and_touch_no_more_where_there_are_more() {
    let server = Server::start_ephemeral().unwrap();
    let database = Database::create(&server.url("postgres")).await.unwrap();
    let url = database.owner_url();
    spindle_seed::run(&url, SMALL).await.unwrap();
    let sql = database.connect().await.unwrap();
    let frequent: Vec<String> = sql
        .query(
            "select lower(split_part(p.title, ' ', 1)) from blog.posts p group by 1 order by count(*) desc, 1 limit 2",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let row = sql
        .query_one(
            "select a.id::text, split_part(p.title, ' ', 3)
             from blog.posts p, identity.accounts a where p.slug = 'seeded-1' and a.username = 'seeded-1'",
            &[],
        )
        .await
        .unwrap();
    let (reader, rare): (String, String) = (row.get(0), row.get(1));
    let mut small = Vec::new();
    for (_, statement) in reads(&reader, &frequent, &rare, deep_ms(&sql, SMALL).await) {
        small.push(blocks(&sql, &statement).await);
    }
    spindle_seed::run(&url, many()).await.unwrap();
    let mut grown = Vec::new();
    let reads = reads(&reader, &frequent, &rare, deep_ms(&sql, many()).await);
    for ((name, statement), small) in reads.iter().zip(small) {
        let large = blocks(&sql, statement).await;
        // Indexes get a level or two; a scan would be thousands.
        if large > 2 * small + 300 {
            grown.push(format!("{name}: {small} blocks, then {large}"));
        }
    }
    assert!(grown.is_empty(), "{}", grown.join("\n"));
    oldest_is_found(&sql).await;
}
