//! Refresh tokens and the sessions that they belong to.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::database::Database;
use crate::functions::{account, at_once, rotate, session};

#[tokio::test]
async fn twenty_refreshes_at_once_get_one_and_the_same_successor() {
    let db = Database::new("refresh_race").await;
    db.stop_clock().await;
    let ada = account(&db, "ada").await;
    session(&db, ada, b"t0").await;
    let answers = at_once(20, |_| {
        let db = db.clone();
        tokio::spawn(async move { rotate(&db, b"t0", b"t1").await })
    })
    .await;
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
        assert_eq!(answer["outcome"], "rotated");
    }
    assert_eq!(
        db.count("select count(*) from identity.refresh_tokens where parent = 't0'")
            .await,
        1
    );
    assert_eq!(
        rotate(&db, b"t1", b"t2").await["outcome"],
        "rotated",
        "the successor works"
    );
}

/// What may happen to a refresh token before it is presented, and the answer.
#[tokio::test]
async fn a_refresh_token_is_good_once_and_for_ten_seconds_more() {
    let db = Database::new("refresh_rules").await;
    db.stop_clock().await;
    let ada = account(&db, "ada").await;
    let cases: &[(&str, &str, &str)] = &[
        ("fresh", "", "rotated"),
        ("used just now", "rotate", "rotated"),
        ("used 5 s ago", "rotate; age 5", "rotated"),
        ("used 10 s ago", "rotate; age 10", "reused"),
        (
            "its successor was used",
            "rotate; rotate successor",
            "reused",
        ),
        ("its session was ended", "end", "ended"),
        ("used, and its session was ended", "rotate; end", "ended"),
        ("its session is over", "expire", "ended"),
        ("its account was disabled", "disable", "ended"),
    ];
    for (n, (rule, history, outcome)) in cases.iter().enumerate() {
        let token = |generation: usize| format!("case {n} generation {generation}").into_bytes();
        let session = session(&db, ada, &token(0)).await;
        for step in history.split("; ").filter(|step| !step.is_empty()) {
            match step.split_once(' ').unwrap_or((step, "")) {
                ("rotate", "") => drop(rotate(&db, &token(0), &token(1)).await),
                ("rotate", _) => drop(rotate(&db, &token(1), &token(2)).await),
                ("age", seconds) => {
                    let age = format!(
                        "update identity.refresh_tokens set used_at = used_at - interval '{seconds} seconds' \
                         where session_id = '{session}'"
                    );
                    db.run(&age).await;
                }
                ("end", _) => drop(
                    db.json(
                        "select identity.end_session('{}', $1, $2)::text",
                        &[&ada, &session],
                    )
                    .await,
                ),
                ("expire", _) => {
                    db.run("update identity.sessions set expires_at = platform.now()")
                        .await
                }
                ("disable", _) => {
                    db.run("update identity.accounts set disabled_at = platform.now()")
                        .await
                }
                (unknown, _) => unreachable!("{unknown}"),
            }
        }
        let answer = rotate(&db, &token(0), &token(1)).await;
        assert_eq!(answer["outcome"], *outcome, "{rule}");
        if *outcome == "reused" {
            assert_eq!(
                rotate(&db, &token(1), &token(2)).await["outcome"],
                "ended",
                "{rule}: the family is dead"
            );
            let revoked =
                format!("select count(*) from identity.revocations where id = '{session}'");
            assert_eq!(
                db.count(&revoked).await,
                1,
                "{rule}: so are its access tokens"
            );
        }
        db.run("update identity.accounts set disabled_at = null")
            .await;
    }
    assert_eq!(
        rotate(&db, b"never issued", b"x").await["outcome"],
        "unknown"
    );
}

#[tokio::test]
async fn after_a_refresh_and_a_logout_at_once_nothing_lives() {
    let db = Database::new("refresh_and_logout").await;
    let ada = account(&db, "ada").await;
    for n in 0..20 {
        let token = format!("t{n}").into_bytes();
        let next = format!("u{n}").into_bytes();
        let session = session(&db, ada, &token).await;
        let (refreshing, ending) = (db.clone(), db.clone());
        let (presented, successor) = (token.clone(), next.clone());
        let refresh =
            tokio::spawn(async move { rotate(&refreshing, &presented, &successor).await });
        let end = tokio::spawn(async move {
            ending
                .json(
                    "select identity.end_session('{}', $1, $2)::text",
                    &[&ada, &session],
                )
                .await
        });
        refresh.await.unwrap();
        assert_eq!(end.await.unwrap()["outcome"], "ended");
        assert_eq!(rotate(&db, &token, &next).await["outcome"], "ended");
        assert!(
            ["ended", "unknown"]
                .contains(&rotate(&db, &next, b"x").await["outcome"].as_str().unwrap())
        );
    }
}

#[tokio::test]
async fn a_session_is_its_owners_to_see_and_to_end() {
    let db = Database::new("sessions").await;
    let (ada, bob) = (account(&db, "ada").await, account(&db, "bob").await);
    let (old, new) = (session(&db, ada, b"a").await, session(&db, ada, b"b").await);
    session(&db, bob, b"c").await;
    let list = "select identity.list_sessions($1, $2, 1)::text";
    let ids = |page: &Value| -> Vec<String> {
        page.as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        ids(&db.json(list, &[&ada, &None::<Uuid>]).await),
        [new.to_string(), old.to_string()],
        "one more than asked"
    );
    assert_eq!(
        ids(&db.json(list, &[&ada, &Some(new)]).await),
        [old.to_string()]
    );

    let end = "select identity.end_session('{}', $1, $2)::text";
    assert_eq!(db.json(end, &[&bob, &old]).await["outcome"], "not_found");
    assert_eq!(db.json(end, &[&ada, &old]).await["outcome"], "ended");
    assert_eq!(db.json(end, &[&ada, &old]).await["outcome"], "not_found");
    let all = db
        .json("select identity.end_sessions('{}', $1)::text", &[&ada])
        .await;
    assert_eq!(all, json!({"outcome": "ended", "sessions": 1}));
    assert_eq!(
        db.count("select count(*) from identity.sessions where ended_at is null")
            .await,
        1,
        "bob's"
    );
}
