//! The SQL functions on a real server: what is one statement must stay right when it is run twenty times at once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod database;

use contracts::identity::tokens::{Principal, PrincipalKind, RevocationKind, TrustSnapshot};
use database::Database;
use serde_json::{Value, json};
use uuid::Uuid;

const REGISTER: &str = "select identity.register('{}', $1, $2, $3, $4, 'hash', $5, 1)::text";
const OPEN: &str = "select identity.open_session('{}', $1, $2, $3, $4, '{pwd}', $5, 1)::text";
const ROTATE: &str = "select identity.rotate_refresh_token('{}', $1, $2, $3)::text";

async fn register(db: &Database, email: &str, username: &str) -> Value {
    db.json(
        REGISTER,
        &[
            &Uuid::now_v7(),
            &email,
            &username,
            &username,
            &Uuid::now_v7(),
        ],
    )
    .await
}

async fn account(db: &Database, name: &str) -> Uuid {
    let answer = register(db, &format!("{name}@example.com"), name).await;
    answer["user"]["id"].as_str().unwrap().parse().unwrap()
}

/// Opens a session whose first refresh token has this hash.
async fn session(db: &Database, account: Uuid, token: &[u8]) -> Uuid {
    let session = Uuid::now_v7();
    let answer = db
        .json(
            OPEN,
            &[&account, &session, &token, &Uuid::now_v7(), &Uuid::now_v7()],
        )
        .await;
    assert_eq!(answer["outcome"], "opened", "{answer}");
    session
}

async fn rotate(db: &Database, presented: &[u8], successor: &[u8]) -> Value {
    db.json(ROTATE, &[&presented, &successor, &Uuid::now_v7()])
        .await
}

/// Two answers, or twenty, at once, each on a connection of its own.
async fn at_once(
    count: usize,
    mut answer: impl AsyncFnMut(usize) -> tokio::task::JoinHandle<Value>,
) -> Vec<Value> {
    let mut running = Vec::new();
    for n in 0..count {
        running.push(answer(n).await);
    }
    let mut answers = Vec::new();
    for one in running {
        answers.push(one.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn twenty_registrations_of_one_address_are_one_account_and_twenty_equal_answers() {
    let db = Database::new("one_address").await;
    let answers = at_once(20, async |n| {
        let db = db.clone();
        tokio::spawn(async move { register(&db, "ada@example.com", &format!("ada{n}")).await })
    })
    .await;
    for answer in &answers {
        assert_eq!(answer["outcome"], "created", "{answer}");
        let mut members: Vec<&String> = answer["user"].as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(
            members,
            ["created_at", "email", "email_verified", "id", "username"]
        );
    }
    assert_eq!(db.count("select count(*) from identity.accounts").await, 1);
    assert_eq!(
        db.count("select count(*) from platform.outbox where type = 'user.created'")
            .await,
        1
    );
    assert_eq!(
        db.count("select count(*) from platform.tasks where payload ->> 'template' = 'welcome'")
            .await,
        1
    );
    let mails = "select count(*) from platform.tasks where payload ->> 'template' = 'registration-repeated'";
    assert!(
        (1..=2).contains(&db.count(mails).await),
        "one mail an hour to the owner"
    );
}

#[tokio::test]
async fn twenty_registrations_of_one_name_are_one_account() {
    let db = Database::new("one_name").await;
    let answers = at_once(20, async |n| {
        let db = db.clone();
        tokio::spawn(async move { register(&db, &format!("ada{n}@example.com"), "ada").await })
    })
    .await;
    let created = answers
        .iter()
        .filter(|answer| answer["outcome"] == "created")
        .count();
    let taken = answers
        .iter()
        .filter(|answer| answer["outcome"] == "username_taken")
        .count();
    assert_eq!((created, taken), (1, 19));
    assert_eq!(db.count("select count(*) from identity.accounts").await, 1);
}

#[tokio::test]
async fn a_name_that_a_known_address_asked_for_is_held_for_a_day() {
    let db = Database::new("held_name").await;
    account(&db, "ada").await;
    assert_eq!(
        register(&db, "ada@example.com", "countess").await["outcome"],
        "created"
    );
    assert_eq!(
        register(&db, "bob@example.com", "countess").await["outcome"],
        "username_taken"
    );
    db.run("update identity.held_usernames set held_until = platform.now() - interval '1 second'")
        .await;
    assert_eq!(
        register(&db, "bob@example.com", "countess").await["outcome"],
        "created"
    );
}

#[tokio::test]
async fn a_new_account_owns_things_and_runs_bots() {
    let db = Database::new("new_account").await;
    let ada = account(&db, "ada").await;
    let me = db.json("select identity.me($1)::text", &[&ada]).await;
    assert_eq!(me["roles"], json!(["trader", "user"]));
    assert_eq!(me["permissions"], json!(["bots.run"]));
    assert_eq!(
        (&me["email"], &me["mfa"], &me["email_verified"]),
        (&json!("ada@example.com"), &json!(false), &json!(false))
    );
    db.run("update identity.accounts set disabled_at = platform.now()")
        .await;
    assert_eq!(
        db.json("select identity.me($1)::text", &[&ada]).await,
        Value::Null
    );
}

#[tokio::test]
async fn passwords_are_hashed_in_as_many_places_as_there_are() {
    let db = Database::new("hash_slots").await;
    let ada = account(&db, "ada").await;
    let begin = "select identity.begin_login($1, null, 2, $2)::text";
    let holders: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    let first = db.json(begin, &[&"ada@example.com", &holders[0]]).await;
    assert_eq!(
        first,
        json!({"slot": 1, "account": {"id": ada, "password_hash": "hash"}})
    );
    assert_eq!(
        db.json(begin, &[&"nobody@example.com", &holders[1]]).await,
        json!({"slot": 2, "account": null})
    );
    assert_eq!(
        db.json(begin, &[&"ada@example.com", &holders[2]]).await,
        json!({"slot": null, "account": null})
    );

    let refuse = "select identity.refuse_login('{}', null, $1, 1)::text";
    db.json(refuse, &[&holders[2]]).await;
    assert_eq!(
        db.json(begin, &[&"ada@example.com", &holders[2]]).await["slot"],
        Value::Null,
        "not theirs to give back"
    );
    db.json(refuse, &[&holders[0]]).await;
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
async fn twenty_refreshes_at_once_get_one_and_the_same_successor() {
    let db = Database::new("refresh_race").await;
    let ada = account(&db, "ada").await;
    session(&db, ada, b"t0").await;
    let answers = at_once(20, async |_| {
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

#[tokio::test]
async fn the_trust_snapshot_is_what_the_contract_reads() {
    let db = Database::new("trust_snapshot").await;
    let ada = account(&db, "ada").await;
    let session = session(&db, ada, b"a").await;
    db.json(
        "select identity.add_signing_key('{}', 'k1', 'x1', 'sealed')::text",
        &[],
    )
    .await;
    db.json(
        "select identity.end_session('{}', $1, $2)::text",
        &[&ada, &session],
    )
    .await;
    db.run(
        "insert into identity.revocations (kind, id, revoked_at) values
            ('subject', 'a1', platform.now()), ('token', 't1', platform.now()),
            ('token', 'old', platform.now() - interval '7 minutes')",
    )
    .await;
    let text = db
        .json(
            "select identity.trust_snapshot('https://spindle.example/oauth2')::text",
            &[],
        )
        .await;
    let snapshot: TrustSnapshot = serde_json::from_value(text).expect("kit reads it so");
    assert_eq!(
        (snapshot.issuer.as_str(), snapshot.audience.as_str()),
        ("https://spindle.example/oauth2", "spindle")
    );
    assert_eq!(
        snapshot
            .keys
            .iter()
            .map(|key| (key.kid.as_str(), key.x.as_str()))
            .collect::<Vec<_>>(),
        [("k1", "x1")]
    );
    let revoked: Vec<(RevocationKind, &str)> = snapshot
        .revocations
        .iter()
        .map(|revocation| (revocation.kind, revocation.id.as_str()))
        .collect();
    let session = session.to_string();
    assert_eq!(
        revoked,
        [
            (RevocationKind::Session, session.as_str()),
            (RevocationKind::Subject, "a1"),
            (RevocationKind::Token, "t1")
        ]
    );
}

#[tokio::test]
async fn twenty_first_signing_keys_are_one() {
    let db = Database::new("first_key").await;
    let answers = at_once(20, async |n| {
        let db = db.clone();
        let add = "select identity.add_signing_key('{}', $1, 'x', 'sealed')::text";
        tokio::spawn(async move { db.json(add, &[&format!("k{n}")]).await })
    })
    .await;
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
    assert_eq!(
        db.count("select count(*) from identity.signing_keys").await,
        1
    );
    let set = db.json("select identity.public_keys()::text", &[]).await;
    assert_eq!(set["keys"][0]["kid"], answers[0]["kid"]);
    assert!(!set.to_string().contains("sealed"));
}

#[tokio::test]
async fn an_api_key_gives_no_more_than_its_scopes_and_its_account() {
    let db = Database::new("api_keys").await;
    let ada = account(&db, "ada").await;
    let find = "select identity.api_key_principal($1)::text";
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(db.json(find, &[&hash]).await, Value::Null);
    db.run(&format!(
        "insert into identity.api_keys (id, account_id, name, prefix, hash, scopes, created_at)
         values ('{}', '{ada}', 'ci', 'spk_ba', decode('{hash}', 'hex'), '{{posts.write,users.manage}}', platform.now())",
        Uuid::now_v7()
    ))
    .await;
    let principal: Principal =
        serde_json::from_value(db.json(find, &[&hash]).await).expect("kit reads it so");
    assert_eq!(
        (principal.subject, principal.kind),
        (ada.to_string(), PrincipalKind::ApiKey)
    );
    assert_eq!(principal.scopes, ["posts.write", "users.manage"]);
    assert!(
        principal.permissions.is_empty(),
        "neither bots.run, which is not in scope, nor users.manage, which ada has not"
    );
    db.run("update identity.api_keys set scopes = '{bots.run}'")
        .await;
    assert_eq!(
        db.json(find, &[&hash]).await["permissions"],
        json!(["bots.run"])
    );
    for change in [
        "update identity.api_keys set expires_at = platform.now()",
        "update identity.api_keys set expires_at = null, revoked_at = platform.now()",
        "with back as (update identity.api_keys set revoked_at = null) update identity.accounts set disabled_at = platform.now()",
    ] {
        db.run(change).await;
        assert_eq!(db.json(find, &[&hash]).await, Value::Null, "{change}");
    }
}
