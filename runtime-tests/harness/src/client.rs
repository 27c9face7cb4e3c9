//! Requests as a user sends them, and answers to look at.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{App, unique};

/// How long an app may be busy: in a small machine's whole suite, dozens wait for the one place where passwords are hashed.
const PATIENCE: Duration = Duration::from_secs(180);

/// A request that is being put together.
pub struct Call {
    request: RequestBuilder,
    patient: bool,
}

impl Call {
    pub(crate) fn new(client: &Client, method: &str, url: &str) -> Self {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Self {
            request: client.request(method, url),
            patient: false,
        }
    }

    fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self {
            request: change(self.request),
            ..self
        }
    }

    /// Is sent again when a busy app has said to, as a client should. For what waits in a line, as a password that is hashed does:
    /// others of the suite stand in it too.
    #[must_use]
    pub fn patient(self) -> Self {
        Self {
            patient: true,
            ..self
        }
    }

    /// With this bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with(|request| request.bearer_auth(token))
    }

    /// With this header. Called again with the same name it adds a second value.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        let value = HeaderValue::from_str(value).expect("a header value");
        self.with(|request| request.header(name, value))
    }

    /// Sends JSON.
    pub async fn json(self, body: Value) -> Answer {
        self.with(|request| request.json(&body)).send().await
    }

    /// Sends a form.
    pub async fn form(self, fields: &[(&str, &str)]) -> Answer {
        self.with(|request| request.form(fields)).send().await
    }

    /// Sends these bytes as they are, declared as JSON.
    pub async fn raw(self, body: impl Into<Vec<u8>>) -> Answer {
        self.declared("application/json", body.into()).send().await
    }

    /// Sends this as plain text.
    pub async fn text(self, body: &'static str) -> Answer {
        self.declared("text/plain", body.into()).send().await
    }

    /// Sends these bytes, declared as JSON, to an app that may answer and close before it has read them all; then the
    /// answer can be lost on the way.
    pub async fn try_raw(self, body: impl Into<Vec<u8>>) -> Option<Answer> {
        self.declared("application/json", body.into())
            .try_send()
            .await
    }

    fn declared(self, kind: &'static str, body: Vec<u8>) -> Self {
        self.with(|request| request.header("content-type", kind).body(body))
    }

    /// Sends the request.
    pub async fn send(self) -> Answer {
        self.try_send().await.expect("an answer")
    }

    /// Sends the request to an app that may be gone.
    pub async fn try_send(self) -> Option<Answer> {
        if !self.patient {
            return Answer::to(self.request).await;
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let again = self.request.try_clone();
            let answer = Answer::to(again.expect("a body that can be sent twice")).await?;
            let pause = answer
                .header("retry-after")
                .filter(|_| answer.status == 503)
                .and_then(|seconds| seconds.parse().ok());
            match pause {
                Some(seconds) if Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                }
                _ => return Some(answer),
            }
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Answer {
    /// What comes back; none where nothing does.
    async fn to(request: RequestBuilder) -> Option<Self> {
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.ok()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Some(Self {
            status,
            headers,
            text,
            body,
        })
    }

    /// Asserts the status; the message shows the whole body.
    #[track_caller]
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Asserts that this is a problem document of this status and kind, with all that one must have.
    #[track_caller]
    #[must_use]
    pub fn problem(self, status: u16, kind: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(
            answer.body["type"],
            json!(format!("urn:spindle:problem:{kind}")),
            "{}",
            answer.text
        );
        assert_eq!(answer.body["status"], json!(status));
        assert_eq!(
            answer.body["request_id"].as_str(),
            answer.header("x-request-id")
        );
        assert!(answer.body["title"].is_string());
        answer
    }

    /// Asserts a 422 that names this field.
    #[track_caller]
    pub fn invalid(self, field: &str) {
        let answer = self.problem(422, "validation");
        let fields: Vec<&str> = answer.body["errors"]
            .as_array()
            .map(|errors| {
                errors
                    .iter()
                    .filter_map(|error| error["field"].as_str())
                    .collect()
            })
            .unwrap_or_default();
        assert!(
            fields.contains(&field),
            "{field} is not among the wrong fields: {}",
            answer.text
        );
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A string of the body, by JSON pointer.
    #[track_caller]
    #[must_use]
    pub fn text_at(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text at {pointer}: {}", self.text))
            .to_owned()
    }
}

/// A registered account, signed in.
#[derive(Clone, Debug)]
pub struct Account {
    /// E-mail address.
    pub email: String,
    /// Username.
    pub username: String,
    /// Password.
    pub password: String,
    /// Access token.
    pub token: String,
    /// Refresh token.
    pub refresh_token: String,
}

/// Address and password of the first administrator in development.
pub(crate) const ADMIN: (&str, &str) = ("admin@example.com", "dev-administrator");

impl Account {
    /// An access token of the first administrator, whom the first task of a new app makes. On a foreign app
    /// `SPINDLE_ADMIN_EMAIL` and `SPINDLE_ADMIN_PASSWORD` say who that is, if it is not development's.
    pub async fn admin(app: &App) -> String {
        let variable =
            |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
        let email = variable("SPINDLE_ADMIN_EMAIL", ADMIN.0);
        let password = variable("SPINDLE_ADMIN_PASSWORD", ADMIN.1);
        let deadline = Instant::now() + Duration::from_secs(90);
        // A login before that would count as a failure.
        while app
            .call("GET", "/api/v1/profile/users/admin")
            .send()
            .await
            .status
            == 404
        {
            assert!(Instant::now() < deadline, "no administrator was made");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        app.call("POST", "/api/v1/auth/login")
            .patient()
            .json(json!({"login": email, "password": password}))
            .await
            .expect(200)
            .text_at("/access_token")
    }

    /// Registers a new account and signs it in.
    pub async fn new(app: &App) -> Self {
        let username = unique("u");
        let email = format!("{username}@example.com");
        let password = "correct horse battery staple".to_owned();
        let _ = app
            .call("POST", "/api/v1/auth/register")
            .patient()
            .json(json!({"email": email, "username": username, "password": password}))
            .await
            .expect(201);
        let tokens = app
            .call("POST", "/api/v1/auth/login")
            .patient()
            .json(json!({"login": email, "password": password}))
            .await
            .expect(200);
        Self {
            token: tokens.text_at("/access_token"),
            refresh_token: tokens.text_at("/refresh_token"),
            email,
            username,
            password,
        }
    }
}
