//! Places for hashing: as many as there are, to whoever came first.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::database::Database;
use crate::functions::{account, at_once};

/// A place is leased for two seconds, and who has not asked for less than one has gone: the clock stands still.
async fn database(name: &str) -> Database {
    let db = Database::new(name).await;
    db.stop_clock().await;
    db
}

async fn ask(db: &Database, slots: i32, holder: Uuid) -> Value {
    db.json(
        "select identity.lease_hash_slot($1, $2)::text",
        &[&slots, &holder],
    )
    .await
}

async fn give_back(db: &Database, holder: Uuid, slot: i32) {
    db.run(&format!(
        "select identity.release_hash_slot('{holder}', {slot})"
    ))
    .await;
}

#[tokio::test]
async fn there_are_as_many_places_as_the_operator_says() {
    let db = database("hash_slots").await;
    let ada = account(&db, "ada").await;
    let begin = "select identity.begin_login($1, null, 'name', 'network', 2, $2)::text";
    let holders: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    assert_eq!(
        db.json(begin, &[&"ada@example.com", &holders[0]]).await,
        json!({"outcome": "leased", "slot": 1, "account": {"id": ada, "password_hash": "hash"}})
    );
    assert_eq!(
        db.json(begin, &[&"nobody@example.com", &holders[1]]).await,
        json!({"outcome": "leased", "slot": 2, "account": null})
    );
    assert_eq!(
        db.json(begin, &[&"ada@example.com", &holders[2]]).await,
        json!({"outcome": "waiting", "ahead": 0})
    );
    give_back(&db, holders[2], 1).await;
    assert_eq!(
        db.json(begin, &[&"ada@example.com", &holders[2]]).await["outcome"],
        "waiting",
        "not theirs to give back"
    );
    give_back(&db, holders[0], 1).await;
    assert_eq!(
        db.json(begin, &[&"ada@example.com", &holders[2]]).await["slot"],
        1
    );
    db.run("update identity.hash_slots set leased_until = platform.now() where slot = 2")
        .await;
    assert_eq!(
        db.json(begin, &[&"ada@example.com", &holders[0]]).await["slot"],
        2,
        "a lease runs out"
    );
}

#[tokio::test]
async fn who_came_first_is_served_first_and_no_newcomer_overtakes() {
    let db = database("hash_order").await;
    let holders: Vec<Uuid> = (0..6).map(|_| Uuid::now_v7()).collect();
    assert_eq!(ask(&db, 1, holders[0]).await, json!({"slot": 1}));
    for (ahead, holder) in holders[1..5].iter().enumerate() {
        assert_eq!(ask(&db, 1, *holder).await, json!({"ahead": ahead}));
    }
    for turn in 0..4 {
        give_back(&db, holders[turn], 1).await;
        // Everybody asks, in the worst order, and a newcomer before them.
        let newcomer = Uuid::now_v7();
        assert_eq!(
            ask(&db, 1, newcomer).await["slot"],
            Value::Null,
            "turn {turn}"
        );
        db.run(&format!(
            "delete from identity.hash_queue where holder = '{newcomer}'"
        ))
        .await;
        for holder in holders[turn + 2..5].iter().rev() {
            assert_eq!(
                ask(&db, 1, *holder).await["slot"],
                Value::Null,
                "turn {turn}"
            );
        }
        assert_eq!(
            ask(&db, 1, holders[turn + 1]).await,
            json!({"slot": 1}),
            "turn {turn}"
        );
    }
    assert_eq!(
        db.count("select count(*) from identity.hash_queue").await,
        0
    );
}

#[tokio::test]
async fn who_has_gone_holds_nobody_up() {
    let db = database("hash_gone").await;
    let holders: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    ask(&db, 1, holders[0]).await;
    ask(&db, 1, holders[1]).await;
    ask(&db, 1, holders[2]).await;
    give_back(&db, holders[0], 1).await;
    db.run(&format!(
        "update identity.hash_queue set seen_at = seen_at - interval '1 second' where holder = '{}'",
        holders[1]
    ))
    .await;
    assert_eq!(ask(&db, 1, holders[2]).await, json!({"slot": 1}));
}

/// facts/identity.md 5.6.
#[tokio::test]
async fn who_could_not_be_served_in_time_is_sent_away_at_once() {
    let db = database("hash_full").await;
    ask(&db, 1, Uuid::now_v7()).await;
    db.run(
        "insert into identity.hash_queue (holder, seen_at)
         select gen_random_uuid(), platform.now() + interval '1 minute' from generate_series(1, 100)",
    )
    .await;
    assert_eq!(
        ask(&db, 1, Uuid::now_v7()).await,
        json!({"ahead": 100, "full": true})
    );
    assert_eq!(
        db.count("select count(*) from identity.hash_queue").await,
        100
    );
}

#[tokio::test]
async fn no_place_is_given_twice() {
    let db = database("hash_race").await;
    let answers = at_once(40, |_| {
        let db = db.clone();
        tokio::spawn(async move { ask(&db, 3, Uuid::now_v7()).await })
    })
    .await;
    let mut slots: Vec<i64> = answers
        .iter()
        .filter_map(|answer| answer["slot"].as_i64())
        .collect();
    slots.sort_unstable();
    let before = slots.len();
    slots.dedup();
    assert!(
        !slots.is_empty() && slots.len() == before && slots.len() <= 3,
        "{answers:?}"
    );
}
