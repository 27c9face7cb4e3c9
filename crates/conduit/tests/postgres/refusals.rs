//! Who is let in, and how everybody else is told.

use serde_json::{Value, json};

use crate::stage::{RealWorld, Stage};

/// Every route: whether it needs a token, method, path, a body that it would take.
fn routes() -> Vec<(bool, &'static str, &'static str, Option<Value>)> {
    let article = json!({"article": {"title": "t", "description": "d", "body": "b"}});
    vec![
        (false, "POST", "/users", None),
        (false, "POST", "/users/login", None),
        (true, "GET", "/user", None),
        (true, "PUT", "/user", Some(json!({"user": {"bio": "b"}}))),
        (false, "GET", "/profiles/nobody", None),
        (true, "POST", "/profiles/nobody/follow", None),
        (true, "DELETE", "/profiles/nobody/follow", None),
        (false, "GET", "/articles", None),
        (true, "GET", "/articles/feed", None),
        (false, "GET", "/articles/some-slug", None),
        (true, "POST", "/articles", Some(article.clone())),
        (true, "PUT", "/articles/some-slug", Some(article)),
        (true, "DELETE", "/articles/some-slug", None),
        (
            true,
            "POST",
            "/articles/some-slug/comments",
            Some(json!({"comment": {"body": "b"}})),
        ),
        (false, "GET", "/articles/some-slug/comments", None),
        (true, "DELETE", "/articles/some-slug/comments/1", None),
        (true, "POST", "/articles/some-slug/favorite", None),
        (true, "DELETE", "/articles/some-slug/favorite", None),
        (false, "GET", "/tags", None),
    ]
}

#[tokio::test]
async fn a_token_is_asked_for_before_anything_else_is_looked_at() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    for (secured, method, path, body) in routes() {
        if secured {
            for body in [None, Some(json!({})), body.clone()] {
                let answer = stage.call(None, method, path, body).await;
                assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text);
                assert_eq!(
                    answer.body,
                    json!({"errors": {"token": ["is missing"]}}),
                    "{method} {path}"
                );
            }
        }
        for credential in [
            "Token x",
            "Token eyJ.e30.x",
            "Bearer x",
            "Basic YTpi",
            "Token spk_x",
        ] {
            let answer = stage
                .send(Some(credential), method, path, body.clone())
                .await;
            if secured {
                assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text);
                assert_eq!(
                    answer.body,
                    json!({"errors": {"token": ["is invalid"]}}),
                    "{method} {path}"
                );
            } else {
                let anonymous = stage.call(None, method, path, body.clone()).await;
                assert_eq!(answer.status, anonymous.status, "{method} {path}");
                assert_eq!(answer.body, anonymous.body, "{method} {path}");
            }
        }
        if path.contains("some-slug") || path.contains("nobody") {
            let what = if path.contains("nobody") {
                "profile"
            } else {
                "article"
            };
            let answer = stage.call(Some(&token), method, path, body).await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text);
            assert_eq!(answer.body["errors"], json!({what: ["not found"]}));
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_in_the_same_shape() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    for (method, path, body, status) in [
        ("GET", "/nothing", None, 404),
        ("PATCH", "/articles", None, 405),
        ("POST", "/articles", None, 415),
        ("POST", "/articles", Some(json!([])), 422),
        ("POST", "/articles", Some(json!({})), 422),
        ("POST", "/articles", Some(json!({"article": 7})), 422),
        ("GET", "/articles?limit=1&limit=2", None, 422),
        ("GET", "/articles/a%00b", None, 400),
    ] {
        let answer = stage.call(Some(&token), method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        assert!(
            answer.body["errors"].is_object(),
            "{method} {path}: {}",
            answer.text
        );
        assert!(answer.headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn nothing_is_there_unless_the_operator_turns_it_on() {
    for variables in [[].as_slice(), &[("conduit", "off")]] {
        let stage = Stage::with(variables).await;
        for (_, method, path, body) in routes() {
            let answer = stage.call(None, method, path, body).await;
            assert_eq!(answer.status, 404, "{method} {path}");
            assert_eq!(
                answer.body["type"], "urn:spindle:problem:not-found",
                "as for any path that nobody serves"
            );
        }
    }
}

#[tokio::test]
async fn it_is_refused_where_addresses_have_to_be_proved() {
    let stage = Stage::with(&[("conduit", "on"), ("email_verification", "required")]).await;
    for (_, method, path, body) in routes() {
        let answer = stage.call(None, method, path, body).await;
        assert_eq!(answer.status, 503, "{method} {path}");
        assert!(
            answer.text.contains("email_verification"),
            "{}",
            answer.text
        );
    }
    let login = json!({"login": "ada", "password": "correct horse"});
    let answer = stage.auth(None, "POST", "/api/v1/auth/login", login).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
}

#[tokio::test]
async fn another_clients_token_reads_and_does_what_it_was_granted() {
    let stage = Stage::new().await;
    let token = stage.user("ada").await;
    let key = stage
        .auth(
            Some(&format!("Bearer {token}")),
            "POST",
            "/api/v1/auth/api-keys",
            json!({"name": "ci", "scopes": ["posts.read"]}),
        )
        .await
        .expect(201)
        .text_at("/key");
    stage.get(Some(&key), "/articles/feed").await.expect(200);
    let article = json!({"article": {"title": "t", "description": "d", "body": "b"}});
    stage
        .post(&key, "/articles", article)
        .await
        .refused(403, &json!({"token": ["lacks the scope posts.write"]}));
    stage
        .put(&key, "/user", json!({"user": {"password": "another-one"}}))
        .await
        .expect(403);
    stage.get(Some(&key), "/user").await.expect(403);
}

#[tokio::test]
async fn pages_of_origins_that_the_operator_lists_may_call_every_route() {
    let ours = "https://front.example";
    let stage = Stage::with(&[("conduit", "on"), ("cors_origins", ours)]).await;
    for (_, method, path, _) in routes() {
        let answer = stage.preflight(ours, method, path).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
        assert_eq!(
            answer.headers["access-control-allow-origin"], ours,
            "{method} {path}"
        );
        for (name, allowed) in [
            ("access-control-allow-methods", method),
            ("access-control-allow-headers", "authorization"),
            ("access-control-allow-headers", "content-type"),
        ] {
            let list = answer.headers[name].to_str().unwrap();
            assert!(
                list.split(',').any(|item| item.trim() == allowed),
                "{method} {path}: {name}: {list}"
            );
        }
        let foreign = stage
            .preflight("https://elsewhere.example", method, path)
            .await;
        assert!(
            !foreign.headers.contains_key("access-control-allow-origin"),
            "{method} {path}"
        );
    }
}
