//! The authorization server as a client and a browser see it: code with PKCE from end to end, what replays and theft lead to,
//! devices, consents.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use spindle_harness::{Account, Answer, App, unique};

const CALLBACK: &str = "https://client.example/cb";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

struct Client {
    id: String,
    secret: String,
}

impl Client {
    async fn register(app: &App) -> Self {
        let administrator = Account::admin(app).await;
        let metadata = json!({
            "client_name": unique("client"), "redirect_uris": [CALLBACK],
            "scope": "openid profile email offline_access posts.read",
            "grant_types": ["authorization_code", "refresh_token", "client_credentials", DEVICE],
        });
        let created = app
            .call("POST", "/api/v1/admin/oauth-clients")
            .bearer(&administrator)
            .json(metadata)
            .await
            .expect(201);
        Self {
            id: created.text_at("/client_id"),
            secret: created.text_at("/client_secret"),
        }
    }

    async fn post(&self, app: &App, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = fields.to_vec();
        all.extend([
            ("client_id", self.id.as_str()),
            ("client_secret", self.secret.as_str()),
        ]);
        app.call("POST", path).form(&all).await
    }

    async fn redeem(&self, app: &App, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.post(app, "/oauth2/token", &fields).await
    }

    async fn refresh(&self, app: &App, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post(app, "/oauth2/token", &fields).await
    }

    async fn is_active(&self, app: &App, token: &str) -> bool {
        let answer = self
            .post(app, "/oauth2/introspect", &[("token", token)])
            .await
            .expect(200);
        answer.body["active"] == json!(true)
    }
}

/// Keeps cookies, fills in forms, goes on through redirects of the app's own.
struct Browser<'a> {
    app: &'a App,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    fn new(app: &'a App) -> Self {
        Self {
            app,
            cookies: BTreeMap::new(),
        }
    }

    async fn send(&mut self, method: &str, path: &str, fields: Option<&[(&str, &str)]>) -> Answer {
        let (mut method, mut path) = (method.to_owned(), path.to_owned());
        let mut fields = fields.map(<[_]>::to_vec);
        for _ in 0..10 {
            // Whoever signs in on a page waits for a place like all others.
            let mut call = self.app.call(&method, &path).patient();
            if !self.cookies.is_empty() {
                let cookies: Vec<String> = self
                    .cookies
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                call = call.header("cookie", &cookies.join("; "));
            }
            let answer = match fields.take() {
                Some(fields) => {
                    call.header("sec-fetch-site", "same-origin")
                        .form(&fields)
                        .await
                }
                None => call.send().await,
            };
            for cookie in answer.headers.get_all("set-cookie") {
                let cookie = cookie.to_str().unwrap();
                assert!(
                    cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
                    "{cookie}"
                );
                let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            match answer.header("location") {
                Some(location) if answer.status == 303 && location.starts_with('/') => {
                    (method, path) = ("GET".to_owned(), location.to_owned());
                }
                _ => return answer,
            }
        }
        panic!("redirects without end");
    }

    async fn submit(&mut self, page: &Answer, values: &[(&str, &str)]) -> Answer {
        let form = page
            .text
            .split("<form")
            .nth(1)
            .expect("a form")
            .split("</form>")
            .next()
            .unwrap()
            .to_owned();
        let attribute = |tag: &str, name: &str| -> Option<String> {
            Some(
                tag.split(&format!(" {name}=\""))
                    .nth(1)?
                    .split('"')
                    .next()?
                    .to_owned(),
            )
        };
        let action = attribute(form.split('>').next().unwrap(), "action").unwrap();
        let hidden: Vec<(String, String)> = form
            .split("<input")
            .skip(1)
            .map(|tag| tag.split('>').next().unwrap())
            .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
            .map(|tag| {
                (
                    attribute(tag, "name").unwrap(),
                    attribute(tag, "value").unwrap_or_default(),
                )
            })
            .collect();
        let mut fields: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fields.extend(values);
        self.send("POST", &action, Some(&fields)).await
    }

    async fn log_in(&mut self, page: &Answer, account: &Account) -> Answer {
        self.submit(
            page,
            &[
                ("login", &account.username),
                ("password", &account.password),
            ],
        )
        .await
    }

    /// Signs in and agrees where asked; the code.
    async fn authorize(&mut self, client: &Client, account: &Account, state: &str) -> String {
        let path = format!(
            "/oauth2/authorize?client_id={}&redirect_uri=https%3A%2F%2Fclient.example%2Fcb&response_type=code\
             &scope=openid%20email%20offline_access%20posts.read&state={state}&code_challenge={CHALLENGE}&code_challenge_method=S256",
            client.id
        );
        let mut page = self.send("GET", &path, None).await;
        if page.text.contains("name=\"password\"") {
            page = self.log_in(&page, account).await;
        }
        if page.text.contains("name=\"decision\"") {
            page = self.submit(&page, &[("decision", "allow")]).await;
        }
        let location = page
            .header("location")
            .unwrap_or_else(|| panic!("no redirect: {}", page.text))
            .to_owned();
        assert!(
            location.starts_with(CALLBACK) && location.contains(&format!("state={state}")),
            "{location}"
        );
        assert!(location.contains("iss="), "RFC 9207: {location}");
        let code = location
            .split("code=")
            .nth(1)
            .unwrap_or_else(|| panic!("no code: {location}"));
        code.split('&').next().unwrap().to_owned()
    }
}

async fn userinfo(app: &App, token: &str) -> Answer {
    app.call("GET", "/oauth2/userinfo")
        .bearer(token)
        .send()
        .await
}

#[tokio::test]
async fn a_code_becomes_tokens_once_and_its_replay_ends_them() {
    let app = App::shared();
    let (client, account) = (Client::register(app).await, Account::new(app).await);
    let mut browser = Browser::new(app);
    let code = browser.authorize(&client, &account, "one").await;
    let tokens = client.redeem(app, &code).await.expect(200);
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    assert_eq!(tokens.body["token_type"], json!("Bearer"));
    assert_eq!(tokens.text_at("/id_token").split('.').count(), 3);
    let (access, refresh) = (
        tokens.text_at("/access_token"),
        tokens.text_at("/refresh_token"),
    );
    let told = userinfo(app, &access).await.expect(200);
    assert_eq!(told.body["email"], json!(account.email));
    let _ = app
        .call("GET", "/api/v1/blog/posts")
        .bearer(&access)
        .send()
        .await
        .expect(200);
    let refused = app
        .call("GET", "/api/v1/auth/consents")
        .bearer(&access)
        .send()
        .await;
    assert_eq!(refused.status, 403, "a client is not its owner");
    assert!(client.is_active(app, &access).await);

    let again = client.redeem(app, &code).await.expect(400);
    assert_eq!(again.body["error"], json!("invalid_grant"));
    assert!(!client.is_active(app, &access).await && !client.is_active(app, &refresh).await);
    assert_eq!(userinfo(app, &access).await.status, 401);

    // Signed in and agreed already: nobody is asked.
    browser.authorize(&client, &account, "two").await;
}

#[tokio::test]
async fn a_refresh_token_that_comes_back_ends_the_grant() {
    let app = App::shared();
    let (client, account) = (Client::register(app).await, Account::new(app).await);
    let code = Browser::new(app).authorize(&client, &account, "s").await;
    let first = client
        .redeem(app, &code)
        .await
        .expect(200)
        .text_at("/refresh_token");
    let answers = futures::future::join_all((0..20).map(|_| client.refresh(app, &first))).await;
    let bodies: Vec<Value> = answers
        .into_iter()
        .map(|answer| answer.expect(200).body)
        .collect();
    assert!(
        bodies.iter().all(|body| *body == bodies[0]),
        "one and the same answer"
    );
    let second = bodies[0]["refresh_token"].as_str().unwrap();
    let third = client.refresh(app, second).await.expect(200);
    let stolen = client.refresh(app, &first).await.expect(400);
    assert_eq!(stolen.body["error"], json!("invalid_grant"));
    let dead = client
        .refresh(app, &third.text_at("/refresh_token"))
        .await
        .expect(400);
    assert_eq!(dead.body["error"], json!("invalid_grant"));
}

#[tokio::test]
async fn a_consent_is_seen_and_taken_back() {
    let app = App::shared();
    let (client, account) = (Client::register(app).await, Account::new(app).await);
    let code = Browser::new(app).authorize(&client, &account, "s").await;
    let tokens = client.redeem(app, &code).await.expect(200);
    let consents = app
        .call("GET", "/api/v1/auth/consents")
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert_eq!(consents.text_at("/items/0/client_id"), client.id);
    let path = format!("/api/v1/auth/consents/{}", client.id);
    let _ = app
        .call("DELETE", &path)
        .bearer(&account.token)
        .send()
        .await
        .expect(204);
    let _ = app
        .call("DELETE", &path)
        .bearer(&account.token)
        .send()
        .await
        .problem(404, "not-found");
    assert_eq!(
        userinfo(app, &tokens.text_at("/access_token")).await.status,
        401
    );
    let refused = client
        .refresh(app, &tokens.text_at("/refresh_token"))
        .await
        .expect(400);
    assert_eq!(refused.body["error"], json!("invalid_grant"));
}

#[tokio::test]
async fn a_device_is_let_in_by_its_owner() {
    let app = App::shared();
    let (client, account) = (Client::register(app).await, Account::new(app).await);
    let begun = client
        .post(
            app,
            "/oauth2/device_authorization",
            &[("scope", "openid email")],
        )
        .await
        .expect(200);
    let mut browser = Browser::new(app);
    let page = browser
        .send(
            "GET",
            &format!("/oauth2/device?user_code={}", begun.text_at("/user_code")),
            None,
        )
        .await;
    let page = browser.log_in(&page, &account).await.expect(200);
    let question = browser
        .submit(&page, &[("user_code", &begun.text_at("/user_code"))])
        .await
        .expect(200);
    let _ = browser
        .submit(&question, &[("decision", "allow")])
        .await
        .expect(200);
    let device = begun.text_at("/device_code");
    let fields = [("grant_type", DEVICE), ("device_code", device.as_str())];
    let tokens = client.post(app, "/oauth2/token", &fields).await.expect(200);
    let told = userinfo(app, &tokens.text_at("/access_token"))
        .await
        .expect(200);
    assert_eq!(told.body["email"], json!(account.email));
    let again = client.post(app, "/oauth2/token", &fields).await.expect(400);
    assert_eq!(again.body["error"], json!("invalid_grant"));
}

#[tokio::test]
async fn discovery_leads_to_keys_that_exist() {
    let app = App::shared();
    let one = app
        .call("GET", "/oauth2/.well-known/openid-configuration")
        .send()
        .await
        .expect(200);
    let two = app
        .call("GET", "/.well-known/oauth-authorization-server/oauth2")
        .send()
        .await
        .expect(200);
    assert_eq!(one.body, two.body);
    let keys = app.call("GET", "/oauth2/jwks").send().await.expect(200);
    let algorithms: Vec<&str> = keys.body["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|key| key["alg"].as_str())
        .collect();
    for wanted in one.body["id_token_signing_alg_values_supported"]
        .as_array()
        .unwrap()
    {
        assert!(
            algorithms.contains(&wanted.as_str().unwrap()),
            "{wanted}: {algorithms:?}"
        );
    }
    let service = Client::register(app).await;
    let token = service
        .post(
            app,
            "/oauth2/token",
            &[("grant_type", "client_credentials")],
        )
        .await
        .expect(200);
    assert!(token.body["refresh_token"].is_null());
    let password = service
        .post(app, "/oauth2/token", &[("grant_type", "password")])
        .await
        .expect(400);
    assert_eq!(password.body["error"], json!("unsupported_grant_type"));
}
