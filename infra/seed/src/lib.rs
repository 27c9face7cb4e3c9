#![doc = include_str!("../README.md")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

/// Posts of one statement.
const BATCH: i64 = 10_000;

/// The indexes that cost most while rows are added.
const INDEXES: [(&str, &str); 3] = [
    (
        "search_entries_vector",
        "blog.search_entries using gin (vector) with (fastupdate = off)",
    ),
    (
        "search_entries_title_vector",
        "blog.search_entries using gin (blog.title_vector(vector)) with (fastupdate = off)",
    ),
    (
        "search_words_deletes",
        "blog.search_words using gin (deletes) with (fastupdate = off)",
    ),
];

/// Brings the seeded posts of the database at this owner's address to that many.
///
/// # Errors
/// When the database cannot be reached, or is not migrated.
pub async fn run(url: &str, posts: u64) -> anyhow::Result<()> {
    let posts = i64::try_from(posts)?;
    let client = connect(url).await?;
    client
        .batch_execute(include_str!("../sql/prepare.sql"))
        .await
        .context("preparing; is the database migrated?")?;
    let row = client
        .query_one(
            "select (select count(*) from blog.posts p where p.slug like 'seeded-%'),
                    coalesce((select (extract(epoch from p.published_at) * 1000)::int8 + 300000 from blog.posts p where p.slug = 'seeded-1'),
                             (extract(epoch from platform.now()) * 1000)::int8)",
            &[],
        )
        .await?;
    let (present, newest): (i64, i64) = (row.get(0), row.get(1));
    // An index that is made anew is sooner done than one that takes each post, unless most posts are in it already.
    if posts.saturating_sub(present) > present / 2 {
        for (name, _) in INDEXES {
            client
                .batch_execute(&format!("drop index if exists blog.{name}"))
                .await?;
        }
    }

    let next = Arc::new(AtomicI64::new(0));
    let mut writers = JoinSet::new();
    for _ in 0..std::thread::available_parallelism()?.get() {
        writers.spawn(write(url.to_owned(), Arc::clone(&next), posts, newest));
    }
    while let Some(written) = writers.join_next().await {
        written??;
    }
    client
        .batch_execute(include_str!("../sql/finish.sql"))
        .await
        .context("counting")?;
    client
        .batch_execute("set maintenance_work_mem = '512MB'")
        .await?;
    for (name, on) in INDEXES {
        client
            .batch_execute(&format!("create index if not exists {name} on {on}"))
            .await?;
    }
    // Plans as after a night of autovacuum, not as of an empty table.
    client.batch_execute("vacuum analyze").await?;
    Ok(())
}

/// Writes one batch after the other, till there are none.
async fn write(url: String, next: Arc<AtomicI64>, posts: i64, newest: i64) -> anyhow::Result<()> {
    let client = connect(&url).await?;
    let statement = client.prepare(include_str!("../sql/posts.sql")).await?;
    loop {
        let before = next.fetch_add(BATCH, Ordering::Relaxed);
        if before >= posts {
            return Ok(());
        }
        let last = (before + BATCH).min(posts);
        client
            .execute(&statement, &[&(before + 1), &last, &newest])
            .await
            .with_context(|| format!("writing the posts {} to {last}", before + 1))?;
    }
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("connecting to the database")?;
    tokio::spawn(connection);
    // A word's deletions take 0.06 ms; compiled anew for each word they took 13 ms.
    client.batch_execute("set jit = off").await?;
    Ok(client)
}
