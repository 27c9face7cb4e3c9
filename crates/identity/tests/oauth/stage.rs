//! The services on a database of one test, called without a network between.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use kit::Service;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
pub(crate) use spindle_stage::Answer;
use spindle_stage::ask;

use crate::browser::Browser;
use crate::database::Database;
use crate::services::{self, Nothing, ORIGIN};

pub(crate) const ISSUER: &str = "https://spindle.example/oauth2";
pub(crate) const CALLBACK: &str = "https://client.example/cb";
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// What is asked of an authorization server's answers.
pub(crate) trait OAuth: Sized {
    /// An error in the standards' words, which nobody may keep.
    fn error(self, status: u16, code: &str) -> Self;

    /// A string of the body.
    fn text_of(&self, member: &str) -> String;

    /// Where a redirect leads to, and its parameters.
    fn redirect(&self) -> (String, HashMap<String, String>);
}

impl OAuth for Answer {
    #[track_caller]
    fn error(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.body["error"], code, "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
        answer
    }

    #[track_caller]
    fn text_of(&self, member: &str) -> String {
        self.body[member]
            .as_str()
            .unwrap_or_else(|| panic!("no {member}: {}", self.text))
            .to_owned()
    }

    #[track_caller]
    fn redirect(&self) -> (String, HashMap<String, String>) {
        assert_eq!(self.status, 303, "B18: {}", self.text);
        let location = self.header("location");
        let (path, query) = location.split_once('?').unwrap_or((location, ""));
        let parameters = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        (path.to_owned(), parameters)
    }
}

/// The services, and somebody to ask them.
pub(crate) struct Stage {
    pub(crate) db: Database,
    auth: Service,
    oidc: Service,
    admin: Service,
}

impl Stage {
    pub(crate) async fn new(name: &str) -> Self {
        Self::with(name, &[]).await
    }

    /// With other variables than usual.
    pub(crate) async fn with(name: &str, variables: &[(&str, &str)]) -> Self {
        Self::on(Database::new(&format!("oauth_{name}")).await, variables)
    }

    /// The same database with other variables, as after a restart.
    pub(crate) fn again_with(self, variables: &[(&str, &str)]) -> Self {
        Self::on(self.db, variables)
    }

    fn on(db: Database, variables: &[(&str, &str)]) -> Self {
        let signer = services::signer(&db, variables);
        let builder = |name, outbound| services::builder(name, &db, variables, outbound);
        Self {
            auth: spindle_identity::api::service(builder("auth", Arc::clone(&signer))),
            oidc: spindle_identity::oidc::service(builder("oidc", signer)),
            admin: builder("admin", Arc::new(Nothing))
                .secrets(&["cursor_key"])
                .routes(
                    spindle_identity::oauth::admin_routes()
                        .routes(kit::routes!(spindle_identity::api::key_rotation::create)),
                ),
            db,
        }
    }

    /// Sends one request. `form` is a body of a form, unless it is a JSON object.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let service = if path.starts_with("/api/v1/auth") {
            &self.auth
        } else if path.starts_with("/api/v1/admin") {
            &self.admin
        } else {
            &self.oidc
        };
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body
            && !headers.iter().any(|(name, _)| *name == "content-type")
        {
            let kind = if body.starts_with('{') {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            request = request.header("content-type", kind);
        }
        let body = Body::from(body.unwrap_or_default().to_owned());
        ask(service, request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    pub(crate) async fn json(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: Value,
    ) -> Answer {
        let authorization = bearer.map(|bearer| format!("Bearer {bearer}"));
        let headers: Vec<(&str, &str)> = authorization
            .iter()
            .map(|value| ("authorization", value.as_str()))
            .collect();
        let body = (!body.is_null()).then(|| body.to_string());
        self.send(method, path, &headers, body.as_deref()).await
    }

    /// Registers somebody; the access token of a first session.
    pub(crate) async fn account(&self, name: &str) -> String {
        let email = format!("{name}@example.com");
        let body = json!({"email": email, "username": name, "password": PASSWORD});
        let _ = self
            .json("POST", "/api/v1/auth/register", None, body)
            .await
            .expect(201);
        self.log_in(name).await
    }

    pub(crate) async fn log_in(&self, name: &str) -> String {
        let body = json!({"login": name, "password": PASSWORD});
        let answer = self
            .json("POST", "/api/v1/auth/login", None, body)
            .await
            .expect(200);
        answer.text_of("access_token")
    }

    /// Registers an administrator.
    pub(crate) async fn administrator(&self) -> String {
        self.account("keeper").await;
        self.db
            .run(
                "insert into identity.account_roles (account_id, role, granted_at)
                 select id, 'admin', platform.now() from identity.accounts where username_key = 'keeper'",
            )
            .await;
        self.log_in("keeper").await
    }

    /// Registers a client with these changes to a plain confidential one.
    pub(crate) async fn client(&self, changes: Value) -> TestClient {
        let mut metadata = json!({
            "client_name": "Example", "redirect_uris": [CALLBACK], "id_token_signed_response_alg": "EdDSA",
            "scope": "openid profile email offline_access posts.read posts.write",
            "post_logout_redirect_uris": ["https://client.example/bye"],
        });
        for (name, value) in changes.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        let administrator = match self
            .db
            .count("select count(*) from identity.accounts where username_key = 'keeper'")
            .await
        {
            0 => self.administrator().await,
            _ => self.log_in("keeper").await,
        };
        let answer = self
            .json(
                "POST",
                "/api/v1/admin/oauth-clients",
                Some(&administrator),
                metadata,
            )
            .await
            .expect(201);
        TestClient {
            id: answer.text_of("client_id"),
            secret: answer.body["client_secret"].as_str().map(str::to_owned),
        }
    }

    /// Sends a form as a client.
    pub(crate) async fn form(
        &self,
        path: &str,
        client: &TestClient,
        parameters: &[(&str, &str)],
    ) -> Answer {
        self.form_with(path, client, parameters, &[]).await
    }

    pub(crate) async fn form_with(
        &self,
        path: &str,
        client: &TestClient,
        parameters: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut all = parameters.to_vec();
        let basic = client
            .secret
            .as_ref()
            .map(|secret| basic(&client.id, secret));
        let mut headers = headers.to_vec();
        match &basic {
            Some(basic) => headers.push(("authorization", basic)),
            None => all.push(("client_id", &client.id)),
        }
        self.send("POST", path, &headers, Some(&encode(&all))).await
    }

    pub(crate) async fn token(&self, client: &TestClient, parameters: &[(&str, &str)]) -> Answer {
        self.form("/oauth2/token", client, parameters).await
    }

    /// Redeems a code as the client that asked for it.
    pub(crate) async fn redeem(&self, client: &TestClient, code: &str) -> Answer {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.token(client, &parameters).await
    }

    /// Redeems a code; the claims of the ID token that comes with it.
    pub(crate) async fn identity(&self, client: &TestClient, code: &str) -> Value {
        let tokens = self.redeem(client, code).await.expect(200);
        let (_, claims) = decode(&tokens.text_of("id_token"));
        claims
    }

    pub(crate) async fn refresh(&self, client: &TestClient, token: &str) -> Answer {
        self.token(
            client,
            &[("grant_type", "refresh_token"), ("refresh_token", token)],
        )
        .await
    }

    pub(crate) async fn is_active(&self, client: &TestClient, token: &str) -> bool {
        let answer = self
            .form("/oauth2/introspect", client, &[("token", token)])
            .await
            .expect(200);
        if answer.body["active"] != true {
            assert_eq!(
                answer.body,
                json!({"active": false}),
                "B25: nothing else is told"
            );
        }
        answer.body["active"] == true
    }

    pub(crate) async fn userinfo(&self, token: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        self.send(
            "GET",
            "/oauth2/userinfo",
            &[("authorization", &authorization)],
            None,
        )
        .await
    }

    /// The one script of a page: a file of ours, and all that the page's policy lets run.
    pub(crate) async fn script_of(&self, page: &Answer) -> String {
        let path = page.text.split("<script src=\"").nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        assert_eq!(page.text.matches("<script").count(), 1, "{}", page.text);
        assert!(page.text.contains("\"></script>"), "nothing inline");
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains(&format!(" script-src {ORIGIN}{path};")) && !policy.contains("unsafe"),
            "its own script and no other: {policy}"
        );
        let script = self.get(path).await.expect(200);
        assert!(
            script.header("content-type").starts_with("text/javascript")
                && script.header("x-content-type-options") == "nosniff"
        );
        script.text
    }

    /// Somebody new signs in and agrees: tokens for `scope`.
    pub(crate) async fn tokens(&self, client: &TestClient, name: &str, scope: &str) -> Answer {
        let mut browser = Browser::new(self);
        let code = browser.authorize(client, name, &[("scope", scope)]).await;
        self.redeem(client, &code).await.expect(200)
    }
}

/// A registered client.
#[derive(Clone, Debug)]
pub(crate) struct TestClient {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

pub(crate) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

pub(crate) fn encode(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// A token of this key (RFC 7515 section 7.1).
pub(crate) fn sign(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{header}.{claims}");
    let signature = key.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The header and the claims of a token, unverified.
pub(crate) fn decode(token: &str) -> (Value, Value) {
    let part = |n: usize| {
        let text = token.split('.').nth(n).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    (part(0), part(1))
}
