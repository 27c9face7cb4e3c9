//! The RealWorld API as the suite of its specification walks it: accounts, profiles, articles, favourites, feed, comments, tags, and
//! what each refuses. Where the app has it turned off, that is all there is to see.

use serde_json::{Value, json};
use spindle_harness::{Answer, App, unique};

const API: &str = "/conduit/api";
/// What the suite uses: on every list of common ones.
const PASSWORD: &str = "password123";

/// Whether the app serves it; says so where not.
async fn is_on(app: &App) -> bool {
    let on = app.call("GET", &format!("{API}/tags")).send().await.status == 200;
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
        let mut call = self.app.call(method, &format!("{API}{path}"));
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

/// `^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}`.
#[track_caller]
fn is_time(text: &str) {
    let shape: String = text
        .chars()
        .take(19)
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00T00:00:00", "{text}");
}

#[tokio::test]
async fn an_account_is_made_used_and_changed() {
    let app = App::shared();
    if !is_on(app).await {
        return;
    }
    let name = unique("auth_");
    let (client, registered) = register(app, &name).await;
    let user = &registered.body["user"];
    assert_eq!(user["username"], json!(name));
    assert_eq!(user["email"], json!(format!("{name}@test.com")));
    assert_eq!((&user["bio"], &user["image"]), (&Value::Null, &Value::Null));
    let login = anonymous(app)
        .post(
            "/users/login",
            json!({"user": {"email": format!("{name}@test.com"), "password": PASSWORD}}),
        )
        .await
        .expect(200);
    assert_eq!(login.body["user"]["username"], json!(name));
    let current = client.get("/user").await;
    assert_eq!(current.body["user"]["email"], user["email"]);

    let bio = client
        .put("/user", json!({"user": {"bio": "Updated bio"}}))
        .await
        .expect(200);
    assert_eq!(bio.body["user"]["bio"], "Updated bio");
    let cleared = client
        .put("/user", json!({"user": {"bio": "", "image": null}}))
        .await
        .expect(200);
    assert_eq!(cleared.body["user"]["bio"], Value::Null);
    let renamed = format!("{name}_upd");
    let image = "https://api.realworld.io/images/smiley-cyrus.jpg";
    let changed = client
        .put(
            "/user",
            json!({"user": {"username": renamed, "email": format!("{renamed}@test.com"), "image": image}}),
        )
        .await
        .expect(200);
    assert_eq!(changed.body["user"]["username"], json!(renamed));
    assert_eq!(changed.body["user"]["image"], json!(image));
    // The token that changed the password goes on.
    for password in ["bonjour1", &"p".repeat(64)] {
        let _ = client
            .put("/user", json!({"user": {"password": password}}))
            .await
            .expect(200);
        let current = client.get("/user").await;
        assert_eq!(current.body["user"]["username"], json!(renamed));
    }
    let next = Client {
        app,
        token: Some(changed.text_at("/user/token")),
    };
    let _ = next.get("/user").await;
    // One session everywhere: the same token is good for the rest of Spindle.
    let me = app
        .call("GET", "/api/v1/auth/me")
        .bearer(next.token.as_deref().unwrap())
        .send()
        .await
        .expect(200);
    assert_eq!(me.body["username"], json!(renamed));
}

#[tokio::test]
async fn accounts_are_refused_in_the_words_of_the_specification() {
    let app = App::shared();
    if !is_on(app).await {
        return;
    }
    let name = unique("errors_");
    let (client, _) = register(app, &name).await;
    let nobody = anonymous(app);
    let blank = json!(["can't be blank"]);
    let taken = json!(["has already been taken"]);
    let fresh = unique("fresh_");
    for (user, status, errors) in [
        (
            json!({"username": "", "email": format!("{fresh}@test.com"), "password": PASSWORD}),
            422,
            json!({"username": blank}),
        ),
        (
            json!({"username": fresh, "email": "", "password": PASSWORD}),
            422,
            json!({"email": blank}),
        ),
        (
            json!({"username": fresh, "email": format!("{fresh}@test.com"), "password": ""}),
            422,
            json!({"password": blank}),
        ),
        (
            json!({"username": name, "email": format!("{fresh}@test.com"), "password": PASSWORD}),
            409,
            json!({"username": taken}),
        ),
        (
            json!({"username": fresh, "email": format!("{name}@test.com"), "password": PASSWORD}),
            409,
            json!({"email": taken}),
        ),
    ] {
        let answer = nobody.post("/users", json!({ "user": user })).await;
        refused(&answer, status, &errors);
    }
    for (email, password, status, errors) in [
        (String::new(), PASSWORD, 422, json!({"email": blank})),
        (
            format!("{name}@test.com"),
            "",
            422,
            json!({"password": blank}),
        ),
        (
            format!("{name}@test.com"),
            "wrongpassword",
            401,
            json!({"credentials": ["invalid"]}),
        ),
        (
            format!("{fresh}@test.com"),
            PASSWORD,
            401,
            json!({"credentials": ["invalid"]}),
        ),
    ] {
        let login = json!({"user": {"email": email, "password": password}});
        let answer = nobody.post("/users/login", login).await;
        refused(&answer, status, &errors);
    }
    for field in ["email", "username", "password"] {
        for nothing in [json!(""), Value::Null] {
            let change = json!({ "user": { field: nothing } });
            let answer = client.put("/user", change).await;
            refused(&answer, 422, &json!({ field: blank }));
        }
    }
    let short = client
        .put("/user", json!({"user": {"password": "short"}}))
        .await
        .expect(422);
    assert!(short.body["errors"]["password"].is_array());
    let missing = json!({"token": ["is missing"]});
    refused(&nobody.act("GET", "/user").await, 401, &missing);
    let answer = nobody.put("/user", json!({"user": {"bio": "x"}})).await;
    refused(&answer, 401, &missing);
    let forged = Client {
        app,
        token: Some("eyJhbGciOiJub25lIn0.e30.".to_owned()),
    };
    for path in ["/user", "/articles"] {
        let answer = forged.act("GET", path).await;
        refused(&answer, 401, &json!({"token": ["is invalid"]}));
    }
}

#[tokio::test]
async fn people_are_followed_and_their_articles_make_a_feed() {
    let app = App::shared();
    if !is_on(app).await {
        return;
    }
    let (ada_name, bob_name) = (unique("main_"), unique("celeb_"));
    let (ada, _) = register(app, &ada_name).await;
    let (bob, _) = register(app, &bob_name).await;
    let profile = format!("/profiles/{bob_name}");
    let expected = |following: bool| json!({"profile": {"username": bob_name, "bio": null, "image": null, "following": following}});
    assert_eq!(anonymous(app).get(&profile).await.body, expected(false));
    let empty = ada.get("/articles/feed").await;
    assert_eq!(empty.body, json!({"articles": [], "articlesCount": 0}));
    for n in 1..=2 {
        let article = json!({"title": unique(&format!("By {bob_name} {n} ")), "description": "test", "body": "test"});
        let _ = bob
            .post("/articles", json!({ "article": article }))
            .await
            .expect(201);
    }
    let follow = format!("{profile}/follow");
    for _ in 0..2 {
        let followed = ada.act("POST", &follow).await.expect(200);
        assert_eq!(followed.body, expected(true));
    }
    assert_eq!(ada.get(&profile).await.body, expected(true));
    let feed = ada.get("/articles/feed?limit=1").await;
    assert_eq!(feed.body["articlesCount"], 2);
    let articles = feed.body["articles"].as_array().unwrap();
    assert_eq!(articles.len(), 1);
    assert_eq!(articles[0]["author"]["following"], true);
    assert!(articles[0].get("body").is_none());
    let older = ada.get("/articles/feed?limit=1&offset=1").await;
    assert_ne!(older.body["articles"][0]["slug"], articles[0]["slug"]);
    assert_eq!(
        ada.act("DELETE", &follow).await.expect(200).body,
        expected(false)
    );
    let nobody = unique("nobody_");
    let missing = json!({"profile": ["not found"]});
    for (method, path) in [
        ("GET", format!("/profiles/{nobody}")),
        ("POST", format!("/profiles/{nobody}/follow")),
        ("DELETE", format!("/profiles/{nobody}/follow")),
    ] {
        refused(&ada.act(method, &path).await, 404, &missing);
    }
    for method in ["POST", "DELETE"] {
        let answer = anonymous(app).act(method, &follow).await;
        refused(&answer, 401, &json!({"token": ["is missing"]}));
    }
}

#[tokio::test]
async fn an_article_is_written_found_liked_changed_and_deleted() {
    let app = App::shared();
    if !is_on(app).await {
        return;
    }
    let (ada_name, bob_name) = (unique("art_"), unique("fan_"));
    let (ada, _) = register(app, &ada_name).await;
    let (bob, _) = register(app, &bob_name).await;
    let tag = unique("tag_");
    let title = unique("Test Article ");
    let article = json!({"title": title, "description": "Test description", "body": "Test body content", "tagList": [tag, "zebra"]});
    let created = ada
        .post("/articles", json!({"article": article}))
        .await
        .expect(201);
    let slug = created.text_at("/article/slug");
    let path = format!("/articles/{slug}");
    is_time(&created.text_at("/article/createdAt"));
    is_time(&created.text_at("/article/updatedAt"));
    assert_eq!(created.body["article"]["tagList"], json!([tag, "zebra"]));
    let twin = ada
        .post("/articles", json!({"article": article}))
        .await
        .expect(201);
    assert_ne!(twin.text_at("/article/slug"), slug);

    let nobody = anonymous(app);
    let read = nobody.get(&path).await;
    assert_eq!(read.body["article"]["body"], "Test body content");
    let tags = nobody.get("/tags").await;
    assert!(tags.body["tags"].as_array().unwrap().contains(&json!(tag)));
    for query in [format!("tag={tag}"), format!("author={ada_name}")] {
        let list = nobody.get(&format!("/articles?{query}&limit=1")).await;
        assert_eq!(list.body["articlesCount"], 2, "{query}");
        let articles = list.body["articles"].as_array().unwrap();
        assert_eq!(articles.len(), 1);
        assert_eq!(articles[0]["slug"], twin.body["article"]["slug"]);
        assert!(articles[0].get("body").is_none());
    }
    let any = nobody.get("/articles").await;
    assert!(any.body["articlesCount"].as_i64().unwrap() >= 2);

    for _ in 0..2 {
        let liked = bob
            .act("POST", &format!("{path}/favorite"))
            .await
            .expect(200);
        assert_eq!(liked.body["article"]["favorited"], true);
        assert_eq!(liked.body["article"]["favoritesCount"], 1);
    }
    let list = bob.get(&format!("/articles?favorited={bob_name}")).await;
    assert_eq!(list.body["articlesCount"], 1);
    assert_eq!(list.body["articles"][0]["favorited"], true);
    let left = bob
        .act("DELETE", &format!("{path}/favorite"))
        .await
        .expect(200);
    assert_eq!(left.body["article"]["favoritesCount"], 0);
    let list = bob.get(&format!("/articles?favorited={bob_name}")).await;
    assert_eq!(list.body["articlesCount"], 0);

    let changed = ada
        .put(
            &path,
            json!({"article": {"body": "Updated body", "slug": "x"}}),
        )
        .await
        .expect(200);
    assert_eq!(changed.text_at("/article/slug"), slug);
    assert_eq!(
        changed.body["article"]["createdAt"],
        created.body["article"]["createdAt"]
    );
    assert_ne!(
        changed.body["article"]["updatedAt"],
        created.body["article"]["updatedAt"]
    );
    assert_eq!(changed.body["article"]["tagList"], json!([tag, "zebra"]));
    refused(
        &ada.put(&path, json!({"article": {"tagList": null}})).await,
        422,
        &json!({"tagList": ["can't be blank"]}),
    );
    let cleared = ada
        .put(&path, json!({"article": {"tagList": []}}))
        .await
        .expect(200);
    assert_eq!(cleared.body["article"]["tagList"], json!([]));

    let forbidden = json!({"article": ["forbidden"]});
    let answer = bob.put(&path, json!({"article": {"body": "x"}})).await;
    refused(&answer, 403, &forbidden);
    refused(&bob.act("DELETE", &path).await, 403, &forbidden);
    let gone = ada.act("DELETE", &path).await.expect(204);
    assert_eq!(gone.text, "");
    let missing = json!({"article": ["not found"]});
    refused(&nobody.act("GET", &path).await, 404, &missing);
    refused(&ada.act("DELETE", &path).await, 404, &missing);
    let answer = ada.put(&path, json!({"article": {"body": "x"}})).await;
    refused(&answer, 404, &missing);
    let blank = json!(["can't be blank"]);
    let answer = ada
        .post(
            "/articles",
            json!({"article": {"title": "", "description": "", "body": ""}}),
        )
        .await;
    refused(
        &answer,
        422,
        &json!({"title": blank, "description": blank, "body": blank}),
    );
}

#[tokio::test]
async fn comments_are_said_and_taken_back() {
    let app = App::shared();
    if !is_on(app).await {
        return;
    }
    let (ada, _) = register(app, &unique("cmt_")).await;
    let (bob, _) = register(app, &unique("other_")).await;
    let nobody = anonymous(app);
    let article = json!({"title": unique("Said "), "description": "test", "body": "test"});
    let slug = ada
        .post("/articles", json!({ "article": article }))
        .await
        .expect(201)
        .text_at("/article/slug");
    let path = format!("/articles/{slug}/comments");
    assert_eq!(nobody.get(&path).await.body, json!({"comments": []}));
    let said = ada
        .post(&path, json!({"comment": {"body": "It's a test"}}))
        .await
        .expect(201);
    let id = said.body["comment"]["id"].as_i64().unwrap();
    is_time(&said.text_at("/comment/createdAt"));
    assert_eq!(said.body["comment"]["body"], "It's a test");
    let list = nobody.get(&path).await;
    assert_eq!(list.body["comments"][0]["id"], json!(id));

    let one = format!("{path}/{id}");
    let missing = json!({"token": ["is missing"]});
    let comment = json!({"comment": {"body": "x"}});
    refused(&nobody.post(&path, comment.clone()).await, 401, &missing);
    refused(&nobody.act("DELETE", &one).await, 401, &missing);
    let forbidden = json!({"comment": ["forbidden"]});
    refused(&bob.act("DELETE", &one).await, 403, &forbidden);
    let blank = json!({"comment": {"body": ""}});
    let answer = ada.post(&path, blank).await;
    refused(&answer, 422, &json!({"body": ["can't be blank"]}));
    let nowhere = format!("/articles/{}/comments", unique("unknown-"));
    let unknown = json!({"article": ["not found"]});
    refused(&nobody.act("GET", &nowhere).await, 404, &unknown);
    refused(&ada.post(&nowhere, comment).await, 404, &unknown);
    let answer = ada.act("DELETE", &format!("{nowhere}/{id}")).await;
    refused(&answer, 404, &unknown);
    let gone = ada.act("DELETE", &one).await.expect(204);
    assert_eq!(gone.text, "");
    let answer = ada.act("DELETE", &one).await;
    refused(&answer, 404, &json!({"comment": ["not found"]}));
    assert_eq!(nobody.get(&path).await.body, json!({"comments": []}));
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
