//! Credentials for programs.

use serde_json::{Value, json};

use crate::application::Application;
use crate::database::Database;
use crate::steps::{signed_in, text};

#[tokio::test]
async fn a_key_from_its_creation_to_its_end() {
    let db = Database::new("api_key_life").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let created = app
        .post_as(
            &access,
            "/api-keys",
            json!({"name": "ci", "scopes": ["account.manage", "account.manage"]}),
        )
        .await;
    assert_eq!(created.status, 201, "{created:?}");
    let key = text(&created.body, "key");
    assert!(key.starts_with("spk_") && key.len() == 47, "256 bits");
    assert_eq!(text(&created.body, "prefix"), &key[..12]);
    assert_eq!(created.body["scopes"], json!(["account.manage"]));
    let location = created.headers["location"].to_str().unwrap();
    assert_eq!(
        location,
        format!("/api/v1/auth/api-keys/{}", text(&created.body, "id"))
    );

    assert_eq!(app.call("GET", "/me", Some(key), None).await.status, 200);
    let listed = app.call("GET", "/api-keys", Some(&access), None).await;
    let item = &listed.body["items"][0];
    assert_eq!(
        (&item["id"], &item["prefix"]),
        (&created.body["id"], &created.body["prefix"])
    );
    assert!(item["last_used_at"].is_string(), "{item}");
    assert!(!listed.body.to_string().contains(key), "shown once");
    let stored = format!("select count(*) from identity.api_keys k where k::text like '%{key}%'");
    assert_eq!(db.count(&stored).await, 0);

    // What changes credentials needs the person.
    for (method, path) in [
        ("GET", "/api-keys"),
        ("POST", "/api-keys"),
        ("POST", "/mfa/totp"),
        ("GET", "/me/export"),
        ("POST", "/logout/all"),
    ] {
        let answer = app
            .call(
                method,
                path,
                Some(key),
                Some(json!({"name": "x", "scopes": ["posts.read"]})),
            )
            .await;
        assert_eq!(answer.status, 403, "{method} {path}");
    }

    let bob = signed_in(&app, "bob").await;
    let path = location.strip_prefix("/api/v1/auth").unwrap();
    assert_eq!(
        app.call("DELETE", path, Some(&bob), None).await.status,
        404,
        "not his"
    );
    assert_eq!(
        app.call("DELETE", path, Some(&access), None).await.status,
        204
    );
    assert_eq!(
        app.call("DELETE", path, Some(&access), None).await.status,
        404
    );
    assert_eq!(
        app.call("GET", "/me", Some(key), None).await.status,
        401,
        "at once"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_key_is_said() {
    let db = Database::new("api_key_input").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    for (body, field) in [
        (json!({"scopes": ["posts.read"]}), "name"),
        (json!({"name": "", "scopes": ["posts.read"]}), "name"),
        (json!({"name": " ", "scopes": ["posts.read"]}), "name"),
        (json!({"name": "a\nb", "scopes": ["posts.read"]}), "name"),
        (
            json!({"name": "a".repeat(101), "scopes": ["posts.read"]}),
            "name",
        ),
        (json!({"name": "x", "scopes": []}), "scopes"),
        (json!({"name": "x", "scopes": ["*"]}), "scopes[0]"),
        (
            json!({"name": "x", "scopes": ["posts.read", "posts.burn"]}),
            "scopes[1]",
        ),
        (
            json!({"name": "x", "scopes": ["posts.read"], "expires_at": "2020-01-01T00:00:00Z"}),
            "expires_at",
        ),
        (
            json!({"name": "x", "scopes": ["posts.read"], "expires_at": "tomorrow"}),
            "expires_at",
        ),
        (
            json!({"name": "x", "scopes": ["posts.read"], "expires_at": "+12000-01-01T00:00:00Z"}),
            "expires_at",
        ),
        (
            json!({"name": "x", "scopes": ["posts.read"], "expires_at": "9999-12-31T23:00:00-12:00"}),
            "expires_at",
        ),
    ] {
        let answer = app.post_as(&access, "/api-keys", body.clone()).await;
        assert_eq!(
            (answer.status, answer.body["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{body} {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_key_ends_when_it_was_said_to() {
    let db = Database::new("api_key_expiry").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let created = app
        .post_as(&access, "/api-keys", json!({"name": "ci", "scopes": ["account.manage"], "expires_at": "2100-01-01T00:00:00+02:00"}))
        .await;
    assert_eq!(
        text(&created.body, "expires_at"),
        "2099-12-31T22:00:00.000Z"
    );
    let key = text(&created.body, "key");
    assert_eq!(app.call("GET", "/me", Some(key), None).await.status, 200);
    db.run("update identity.api_keys set expires_at = platform.now()")
        .await;
    assert_eq!(app.call("GET", "/me", Some(key), None).await.status, 401);
}

#[tokio::test]
async fn the_same_request_twice_makes_one_key_and_shows_it_once() {
    let db = Database::new("api_key_twice").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    let create = async |body: Value| {
        app.call_with(
            "POST",
            "/api-keys",
            &access,
            body,
            &[("idempotency-key", "once")],
        )
        .await
    };
    let first = create(json!({"name": "ci", "scopes": ["posts.read"]})).await;
    assert_eq!(first.status, 201);
    let second = create(json!({"name": "ci", "scopes": ["posts.read"]})).await;
    assert_eq!((second.status, second.kind()), (409, "secret-shown-once"));
    assert_eq!(second.headers["location"], first.headers["location"]);
    let other = create(json!({"name": "other", "scopes": ["posts.read"]})).await;
    assert_eq!((other.status, other.kind()), (422, "idempotency-mismatch"));
    assert_eq!(db.count("select count(*) from identity.api_keys").await, 1);
}

#[tokio::test]
async fn fifty_keys_are_enough_however_many_are_asked_for_at_once() {
    let db = Database::new("api_key_many").await;
    let app = std::sync::Arc::new(Application::new(&db));
    let access = signed_in(&app, "ada").await;
    db.run(
        "insert into identity.api_keys (id, account_id, name, prefix, hash, scopes, created_at)
         select platform.uuid_v7(), a.id, 'old', 'spk_', sha256(n::text::bytea), '{posts.read}', platform.now()
         from identity.accounts a, generate_series(1, 48) n",
    )
    .await;
    let mut running = Vec::new();
    for _ in 0..6 {
        let (app, access) = (app.clone(), access.clone());
        running.push(tokio::spawn(async move {
            app.post_as(
                &access,
                "/api-keys",
                json!({"name": "ci", "scopes": ["posts.read"]}),
            )
            .await
            .status
        }));
    }
    let mut statuses = Vec::new();
    for one in running {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409, 409, 409, 409]);
    let first = app
        .call("GET", "/api-keys?limit=30", Some(&access), None)
        .await;
    assert_eq!(first.body["items"].as_array().unwrap().len(), 30);
    let cursor = text(&first.body, "next_cursor");
    let second = app
        .call(
            "GET",
            &format!("/api-keys?limit=30&cursor={cursor}"),
            Some(&access),
            None,
        )
        .await;
    assert_eq!(second.body["items"].as_array().unwrap().len(), 20);
    assert_eq!(second.body["next_cursor"], Value::Null);
}

#[tokio::test]
async fn a_key_that_has_expired_is_neither_listed_nor_in_the_way_of_another() {
    let db = Database::new("api_key_expired").await;
    let app = Application::new(&db);
    let access = signed_in(&app, "ada").await;
    db.run(
        "insert into identity.api_keys (id, account_id, name, prefix, hash, scopes, created_at, expires_at)
         select platform.uuid_v7(), a.id, 'old', 'spk_', sha256(n::text::bytea), '{posts.read}', platform.now(),
                platform.now() - interval '1 second'
         from identity.accounts a, generate_series(1, 60) n",
    )
    .await;
    let listed = app.call("GET", "/api-keys", Some(&access), None).await;
    assert_eq!(listed.body["items"], json!([]), "{listed:?}");
    let body = json!({"name": "ci", "scopes": ["posts.read"]});
    let made = app.post_as(&access, "/api-keys", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let listed = app.call("GET", "/api-keys", Some(&access), None).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_forgotten_thirty_days_after_its_end() {
    let db = Database::new("api_key_sweep").await;
    let app = Application::new(&db);
    signed_in(&app, "ada").await;
    db.run(
        "insert into identity.api_keys (id, account_id, name, prefix, hash, scopes, created_at, expires_at, revoked_at)
         select platform.uuid_v7(), a.id, k.name, 'spk_', sha256(k.name::bytea), '{posts.read}', platform.now(),
                platform.now() - k.expired, platform.now() - k.revoked
         from identity.accounts a, (values
             ('live', null::interval, null::interval), ('lives on', interval '-1 day', null),
             ('expired', interval '29 days', null), ('revoked', null, interval '29 days'),
             ('long expired', interval '31 days', null), ('long revoked', null, interval '31 days'),
             ('both', interval '40 days', interval '31 days')) k (name, expired, revoked)",
    )
    .await;
    let swept = db.json("select identity.sweep()::text", &[]).await;
    assert_eq!(swept, json!({"deleted": 3}));
    let left = "select json_agg(name order by name)::text from identity.api_keys";
    assert_eq!(
        db.json(left, &[]).await,
        json!(["expired", "live", "lives on", "revoked"])
    );
}
