//! Wrong passwords: counted by name and network, the same for names that nobody has, and never to the owner's harm.

use serde_json::json;

use crate::application::{Answer, Application};
use crate::database::Database;
use crate::steps::{PASSWORD, register, text};

const HOME: &str = "192.0.2.1";
const EVE: &str = "198.51.100.66";

async fn guess(app: &Application, from: &str, name: &str, password: &str) -> Answer {
    app.post_from(from, "/login", json!({"login": name, "password": password}))
        .await
}

/// ASVS 6.3.1 and 6.1.1.
/// facts/identity.md 5.9.
#[tokio::test]
async fn the_eleventh_guess_waits_and_the_owner_does_not() {
    let db = Database::new("back_off").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    for (name, rule) in [
        ("ada", "known"),
        ("nobody", "unknown"),
        ("bad name", "impossible"),
    ] {
        for n in 0..10 {
            let answer = guess(&app, EVE, name, "a wrong password").await;
            assert_eq!(answer.status, 401, "{rule} {n}");
        }
        let answer = guess(&app, EVE, name, "a wrong password").await;
        assert_eq!(
            (answer.status, text(&answer.body, "type")),
            (429, "urn:spindle:problem:too-many-requests"),
            "{rule}"
        );
        let wait: i64 = answer.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        // Thirty seconds, less what this machine took since the tenth.
        assert!((5..=30).contains(&wait), "{rule}: {wait}");
    }
    assert_eq!(
        guess(&app, EVE, "ada", PASSWORD).await.status,
        429,
        "the right one is not looked at either"
    );
    assert_eq!(
        guess(&app, HOME, "ada", PASSWORD).await.status,
        200,
        "from elsewhere the owner signs in"
    );
}

/// facts/identity.md 5.8.
#[tokio::test]
async fn a_forged_header_is_no_other_network() {
    let db = Database::new("back_off_forged").await;
    let app = Application::new(&db);
    for n in 0..10 {
        let answer = guess(
            &app,
            &format!("2001:db8:1:2::{n}"),
            "ada",
            "a wrong password",
        )
        .await;
        assert_eq!(answer.status, 401);
    }
    assert_eq!(
        guess(&app, "2001:db8:1:2:ffff::1", "ada", "x").await.status,
        429,
        "one /64 is one network"
    );
    assert_eq!(guess(&app, "2001:db8:1:3::1", "ada", "x").await.status, 401);
}

#[tokio::test]
async fn waiting_grows_and_ends_and_the_right_password_forgives() {
    let db = Database::new("back_off_grows").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    let blocked =
        "select coalesce(max(ceil(extract(epoch from blocked_until - last_failure_at))), 0)::int8
                   from identity.login_failures where blocked_until > '-infinity'";
    let a_while_later = "update identity.login_failures set blocked_until = platform.now() where blocked_until > '-infinity'";
    for _ in 0..10 {
        guess(&app, EVE, "ada", "a wrong password").await;
    }
    for seconds in [30, 60, 120, 240, 480, 900, 900] {
        assert_eq!(db.count(blocked).await, seconds);
        db.run(a_while_later).await;
        assert_eq!(
            guess(&app, EVE, "ada", "a wrong password").await.status,
            401
        );
    }
    db.run(a_while_later).await;
    assert_eq!(guess(&app, EVE, "ada", PASSWORD).await.status, 200);
    assert_eq!(
        guess(&app, EVE, "ada", "a wrong password").await.status,
        401,
        "begun anew"
    );
    assert_eq!(db.count(blocked).await, 0);
}

/// Guesses from everywhere stop strangers, never a network that the account is known to come from.
#[tokio::test]
async fn an_attack_from_everywhere_stops_strangers_alone() {
    let db = Database::new("back_off_everywhere").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    assert_eq!(guess(&app, HOME, "ada", PASSWORD).await.status, 200);
    for name in ["username:ada", "username:nobody"] {
        db.run(&format!(
            "insert into identity.login_failures (key, failures, last_failure_at, blocked_until)
             values (identity.failure_key('name', '{name}', ''), 99, platform.now(), '-infinity')"
        ))
        .await;
    }
    for name in ["ada", "nobody"] {
        assert_eq!(guess(&app, EVE, name, "a wrong password").await.status, 401);
        assert_eq!(
            guess(&app, "203.0.113.9", name, "a wrong password")
                .await
                .status,
            429,
            "{name}"
        );
    }
    assert_eq!(guess(&app, HOME, "ada", "a typing error").await.status, 401);
    assert_eq!(guess(&app, HOME, "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn one_network_with_many_names_is_stopped_and_its_neighbours_are_not() {
    let db = Database::new("back_off_stuffing").await;
    let app = Application::new(&db);
    register(&app, "ada").await;
    db.run(&format!(
        "insert into identity.login_failures (key, failures, last_failure_at, blocked_until)
         values (identity.failure_key('network', '', '{EVE}'), 99, platform.now(), '-infinity')"
    ))
    .await;
    assert_eq!(
        guess(&app, EVE, "somebody", "a wrong password")
            .await
            .status,
        401
    );
    assert_eq!(
        guess(&app, EVE, "ada", "a wrong password").await.status,
        429
    );
    assert_eq!(guess(&app, HOME, "ada", PASSWORD).await.status, 200);

    // Behind the same address live others, who are no strangers to their own accounts.
    let newcomer = json!({"email": "bob@example.com", "username": "bob", "password": PASSWORD});
    let registered = app.post_from(EVE, "/register", newcomer).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let signed_in = guess(&app, EVE, "bob", PASSWORD).await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    let body = json!({"current_password": PASSWORD, "new_password": "a wholly other one"});
    let bearer = text(&signed_in.body, "access_token");
    let from = [("spin-client-addr", EVE)];
    let changed = app
        .call_with("POST", "/password/change", bearer, body, &from)
        .await;
    assert_eq!(changed.status, 204, "{changed:?}");
}

#[tokio::test]
async fn forty_wrong_passwords_at_once_are_hardly_more_than_ten_guesses() {
    let db = Database::new("back_off_race").await;
    let app = std::sync::Arc::new(Application::new(&db));
    register(&app, "ada").await;
    let mut running = Vec::new();
    for _ in 0..40 {
        let app = app.clone();
        running.push(tokio::spawn(async move {
            guess(&app, EVE, "ada", "a wrong password").await.status
        }));
    }
    let mut looked_at = 0;
    for one in running {
        match one.await.unwrap() {
            401 => looked_at += 1,
            429 | 503 => {}
            other => unreachable!("{other}"),
        }
    }
    assert!(
        (1..=12).contains(&looked_at),
        "{looked_at}: ten, and one for each place for hashing"
    );
}
