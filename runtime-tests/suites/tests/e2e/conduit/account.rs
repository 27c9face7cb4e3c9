//! Accounts: made, used, changed, refused.

use serde_json::{Value, json};
use spindle_harness::{App, unique};

use super::{Client, PASSWORD, anonymous, is_on, refused, register};

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
    for path in ["/user", "/articles/feed"] {
        let answer = forged.act("GET", path).await;
        refused(&answer, 401, &json!({"token": ["is invalid"]}));
    }
    let _ = forged.act("GET", "/articles").await.expect(200);
}
