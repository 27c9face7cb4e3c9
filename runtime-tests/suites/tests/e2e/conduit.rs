//! The RealWorld API as the suite of its specification walks it: accounts, profiles, articles, favourites, feed, comments, tags, and
//! what each refuses. Where the app has it turned off, that is all there is to see.

mod account;
mod article;
mod comment;
mod person;

use serde_json::{Value, json};
use spindle_harness::{Answer, App};

const API: &str = "/conduit/api";
/// What the suite uses: on every list of common ones.
const PASSWORD: &str = "password123";

/// Whether the app serves it; says so where not.
async fn is_on(app: &App) -> bool {
    let tags = app.call("GET", &format!("{API}/tags")).patient();
    let on = tags.send().await.status == 200;
    if !on {
        assert!(
            App::is_foreign(),
            "the harness turns the RealWorld API on for its own apps"
        );
        eprintln!("skipped: the app has conduit turned off");
    }
    on
}

/// Somebody with a token, or nobody.
struct Client<'a> {
    app: &'a App,
    token: Option<String>,
}

impl Client<'_> {
    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut call = self.app.call(method, &format!("{API}{path}")).patient();
        if let Some(token) = &self.token {
            call = call.header("authorization", &format!("Token {token}"));
        }
        match body {
            Some(body) => call.json(body).await,
            None => call.send().await,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await.expect(200)
    }

    async fn act(&self, method: &str, path: &str) -> Answer {
        self.call(method, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }
}

fn anonymous(app: &App) -> Client<'_> {
    Client { app, token: None }
}

/// Registers somebody; the answer too.
async fn register<'a>(app: &'a App, username: &str) -> (Client<'a>, Answer) {
    let user = json!({"username": username, "email": format!("{username}@test.com"), "password": PASSWORD});
    let answer = anonymous(app)
        .post("/users", json!({ "user": user }))
        .await
        .expect(201);
    let token = Some(answer.text_at("/user/token"));
    (Client { app, token }, answer)
}

/// Asserts that this and nothing else is wrong.
#[track_caller]
fn refused(answer: &Answer, status: u16, errors: &Value) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.body, json!({ "errors": errors }));
}

/// A time of UTC to the millisecond: the specification's collections disagree on whether a fraction may be missing.
#[track_caller]
fn is_time(text: &str) {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{text}");
}

#[tokio::test]
async fn whoever_has_no_token_is_refused_before_anything_else() {
    let app = App::shared();
    if !is_on(app).await {
        return;
    }
    let nobody = anonymous(app);
    for (method, path) in [
        ("GET", "/articles/feed"),
        ("POST", "/articles"),
        ("PUT", "/articles/some-slug"),
        ("DELETE", "/articles/some-slug"),
        ("POST", "/articles/some-slug/favorite"),
        ("DELETE", "/articles/some-slug/favorite"),
        ("POST", "/articles/some-slug/comments"),
        ("DELETE", "/articles/some-slug/comments/1"),
    ] {
        let answer = nobody.act(method, path).await;
        refused(&answer, 401, &json!({"token": ["is missing"]}));
    }
    for path in ["/nothing", "/users/nothing/at/all"] {
        let answer = nobody.act("GET", path).await.expect(404);
        assert!(answer.body["errors"].is_object(), "{}", answer.text);
    }
}
