//! Registration, roles, places for hashing, API keys.

use contracts::identity::tokens::{Principal, PrincipalKind};
use futures::future::{join, join_all};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::application::Application;
use crate::database::Database;
use crate::functions::{account, at_once, register};
use crate::steps::{PASSWORD, login, signed_in};

/// facts/identity.md 5.3.
#[tokio::test]
async fn twenty_registrations_of_one_address_are_one_account_and_twenty_equal_answers() {
    let db = Database::new("one_address").await;
    let answers = at_once(20, |n| {
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
        db.count("select count(*) from platform.tasks where kind = 'send_mail'")
            .await,
        1,
        "one code, however often somebody registers within a minute"
    );
}

#[tokio::test]
async fn who_registers_again_after_the_proof_gets_the_same_answer_and_the_owner_one_mail_an_hour() {
    let db = Database::new("registered_again").await;
    account(&db, "ada").await;
    db.run("update identity.accounts set email_verified_at = platform.now()")
        .await;
    for n in 0..3 {
        let answer = register(&db, "ada@example.com", &format!("eve{n}")).await;
        assert_eq!(answer["outcome"], "created", "{answer}");
    }
    let mails =
        "select count(*) from platform.tasks where payload ->> 'template' = 'registration_attempt'";
    assert!((1..=2).contains(&db.count(mails).await));
}

#[tokio::test]
async fn twenty_registrations_of_one_name_are_one_account() {
    let db = Database::new("one_name").await;
    let answers = at_once(20, |n| {
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

#[tokio::test]
async fn the_last_administrator_does_not_leave() {
    let db = Database::new("last_leaves").await;
    let app = Application::new(&db);
    let ada = signed_in(&app, "ada").await;
    let bob = signed_in(&app, "bob").await;
    db.run(
        "insert into identity.account_roles (account_id, role, granted_at)
         select id, 'admin', platform.now() from identity.accounts",
    )
    .await;
    let body = json!({"password": PASSWORD});
    let first = app.post_as(&ada, "/me/delete", body.clone()).await;
    assert_eq!(first.status, 204, "{first:?}");
    let last = app.post_as(&bob, "/me/delete", body).await;
    assert_eq!((last.status, last.kind()), (409, "conflict"));
    login(&app, "bob").await;
}

#[tokio::test]
async fn of_administrators_who_leave_at_once_one_stays() {
    let db = Database::new("leave_at_once").await;
    let app = Application::new(&db);
    let mut admins = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        admins.push(signed_in(&app, name).await);
    }
    db.run(
        "insert into identity.account_roles (account_id, role, granted_at)
         select id, 'admin', platform.now() from identity.accounts",
    )
    .await;
    let leave = |token: &String| {
        let (app, token) = (&app, token.clone());
        async move {
            let body = json!({"password": PASSWORD});
            app.post_as(&token, "/me/delete", body).await.status
        }
    };
    let mut answers = join_all(admins.iter().map(leave)).await;
    answers.sort_unstable();
    assert_eq!(answers, [204, 204, 409]);
    let left = "select count(*) from identity.account_roles where role = 'admin'";
    assert_eq!(db.count(left).await, 1);
}

#[tokio::test]
async fn whoever_became_the_last_administrator_while_leaving_stays() {
    let db = Database::new("promoted_leaver").await;
    let app = Application::new(&db);
    let ada = signed_in(&app, "ada").await;
    // Somebody gives the role, and has not committed when the owner leaves.
    let granting = db.connect().await;
    granting
        .batch_execute(
            "begin;
             select 1 from identity.roles where name = 'admin' for update;
             insert into identity.account_roles (account_id, role, granted_at)
             select id, 'admin', platform.now() from identity.accounts",
        )
        .await
        .unwrap();
    let leaving = app.post_as(&ada, "/me/delete", json!({"password": PASSWORD}));
    let commit = async {
        let waits = "select count(*) from pg_stat_activity
                     where datname = current_database() and wait_event_type = 'Lock'";
        while db.count(waits).await == 0 {
            tokio::task::yield_now().await;
        }
        granting.batch_execute("commit").await.unwrap();
    };
    let (answer, ()) = join(leaving, commit).await;
    assert_eq!((answer.status, answer.kind()), (409, "conflict"));
}
