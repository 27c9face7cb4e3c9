//! The provider path over real HTTP, against servers shaped like Postmark and Resend.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test's helper trips over fails the test"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use spindle_mailer::{Account, Failure, Message, Receipt};

/// What the server was asked, and what it answers next.
#[derive(Default)]
struct Desk {
    asked: Vec<(HeaderMap, Value)>,
    next: Option<Response>,
    /// Resend: the id that was answered under a key, and the body that it was asked with.
    known: HashMap<String, (String, Value)>,
}

type Shared = Arc<Mutex<Desk>>;

async fn take(request: Request) -> (HeaderMap, Value) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    assert_eq!(parts.headers["content-type"], "application/json");
    (parts.headers, serde_json::from_slice(&body).unwrap())
}

async fn postmark(State(desk): State<Shared>, request: Request) -> Response {
    let (headers, body) = take(request).await;
    let mut desk = desk.lock().unwrap();
    desk.asked.push((headers.clone(), body.clone()));
    if let Some(answer) = desk.next.take() {
        return answer;
    }
    if headers
        .get("x-postmark-server-token")
        .map(|token| token.as_bytes())
        != Some(b"hush")
    {
        let body =
            json!({"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied"});
        return (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response();
    }
    for field in [
        "From",
        "To",
        "Subject",
        "HtmlBody",
        "TextBody",
        "MessageStream",
    ] {
        assert!(body[field].is_string(), "{field} in {body}");
    }
    axum::Json(
        json!({"To": body["To"], "SubmittedAt": "2026-11-21T07:30:00.000-00:00",
        "MessageID": "0a129aee-e1cd-480d-b08d-4f48548ff48d", "ErrorCode": 0, "Message": "OK"}),
    )
    .into_response()
}

async fn resend(State(desk): State<Shared>, request: Request) -> Response {
    let (headers, body) = take(request).await;
    let mut desk = desk.lock().unwrap();
    desk.asked.push((headers.clone(), body.clone()));
    if let Some(answer) = desk.next.take() {
        return answer;
    }
    let refuse = |status: u16, name: &str| {
        let body = json!({"statusCode": status, "name": name, "message": "to somebody@a.example"});
        (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
    };
    if headers.get("authorization").map(|token| token.as_bytes()) != Some(b"Bearer hush") {
        return refuse(401, "missing_api_key");
    }
    assert!(body["to"].is_array() && body["from"].is_string() && body["html"].is_string());
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    if let Some((id, first)) = desk.known.get(&key) {
        return if *first == body {
            axum::Json(json!({"id": id})).into_response()
        } else {
            refuse(409, "invalid_idempotent_request")
        };
    }
    let id = format!("mail-{}", desk.known.len() + 1);
    desk.known.insert(key, (id.clone(), body));
    axum::Json(json!({"id": id})).into_response()
}

struct Provider {
    name: &'static str,
    origin: String,
    desk: Shared,
}

impl Provider {
    async fn start(name: &'static str) -> Self {
        let desk = Shared::default();
        let router = Router::new()
            .route("/email", post(postmark))
            .route("/emails", post(resend))
            .with_state(Arc::clone(&desk));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { name, origin, desk }
    }

    fn account(&self, token: &str) -> Account {
        let token = SecretString::from(token);
        Account::new(
            self.name,
            &self.origin,
            token,
            "Spindle <no-reply@spindle.example>",
        )
        .ok()
        .unwrap()
    }

    async fn send(&self, token: &str, message: &Message) -> Result<Receipt, Failure> {
        let account = self.account(token);
        let request: reqwest::Request = account.request(message)?.try_into().unwrap();
        let answer = reqwest::Client::new()
            .execute(request)
            .await
            .map_err(Failure::no_answer)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        account.read(status, &headers, &answer.bytes().await.unwrap())
    }

    fn answer_next(&self, status: u16, retry_after: Option<&str>, body: &str) {
        let mut answer = (StatusCode::from_u16(status).unwrap(), body.to_owned()).into_response();
        if let Some(seconds) = retry_after {
            answer
                .headers_mut()
                .insert("retry-after", seconds.parse().unwrap());
        }
        self.desk.lock().unwrap().next = Some(answer);
    }

    fn asked(&self) -> Vec<(HeaderMap, Value)> {
        self.desk.lock().unwrap().asked.clone()
    }
}

fn message(key: &str) -> Message {
    Message {
        key: key.to_owned(),
        to: "ada@a.example".to_owned(),
        subject: "Grüße".to_owned(),
        text: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        tag: "ticket_answer".to_owned(),
    }
}

#[tokio::test]
async fn postmark_takes_a_mail() {
    let provider = Provider::start("postmark").await;
    let receipt = provider.send("hush", &message("k-1")).await.unwrap();
    assert_eq!(
        receipt.id.as_deref(),
        Some("0a129aee-e1cd-480d-b08d-4f48548ff48d")
    );
    let (_, body) = &provider.asked()[0];
    assert_eq!(
        *body,
        json!({"From": "Spindle <no-reply@spindle.example>", "To": "ada@a.example", "Subject": "Grüße",
            "HtmlBody": "<p>Hello</p>", "TextBody": "Hello", "Tag": "ticket_answer", "MessageStream": "outbound",
            "TrackOpens": false, "TrackLinks": "None", "Metadata": {"spindle_key": "k-1"}})
    );
}

#[tokio::test]
async fn resend_takes_a_mail_once_by_its_key() {
    let provider = Provider::start("resend").await;
    let first = provider.send("hush", &message("k-1")).await.unwrap();
    assert_eq!(first.id.as_deref(), Some("mail-1"));
    assert_eq!(provider.send("hush", &message("k-1")).await.unwrap(), first);
    let mut reworded = message("k-1");
    reworded.text = "Hi".to_owned();
    assert_eq!(
        provider.send("hush", &reworded).await,
        Ok(Receipt { id: None }),
        "the key says that the mail was taken, whatever it says now"
    );
    let other = provider.send("hush", &message("k-2")).await.unwrap();
    assert_eq!(other.id.as_deref(), Some("mail-2"));
    assert_eq!(provider.desk.lock().unwrap().known.len(), 2);
}

#[tokio::test]
async fn a_failure_says_whether_to_try_again() {
    enum Then {
        Later(Option<u32>),
        Never,
        Operator(&'static str),
    }
    use Then::{Later, Never, Operator};
    let cases = [
        ("postmark", 500, None, "", Later(None)),
        ("postmark", 503, Some("30"), "<html>", Later(Some(30))),
        ("postmark", 429, Some("7"), "{}", Later(Some(7))),
        (
            "postmark",
            429,
            Some("Sat, 21 Nov 2026 07:28:00 GMT"),
            "{}",
            Later(None),
        ),
        (
            "postmark",
            200,
            None,
            "<html>log in to the hotel's network",
            Later(None),
        ),
        (
            "postmark",
            422,
            None,
            r#"{"ErrorCode":300,"Message":"Invalid 'To' ada@a.example"}"#,
            Never,
        ),
        (
            "postmark",
            422,
            None,
            r#"{"ErrorCode":406,"Message":"inactive: ada@a.example"}"#,
            Never,
        ),
        (
            "postmark",
            422,
            None,
            r#"{"ErrorCode":400,"Message":"no Sender Signature"}"#,
            Operator("mail_from"),
        ),
        (
            "postmark",
            422,
            None,
            r#"{"ErrorCode":405,"Message":"out of credits"}"#,
            Operator("mail_from"),
        ),
        (
            "postmark",
            422,
            None,
            r#"{"ErrorCode":100,"Message":"Maintenance"}"#,
            Later(None),
        ),
        (
            "postmark",
            401,
            None,
            r#"{"ErrorCode":10,"Message":"Bad token"}"#,
            Operator("mail_api_token"),
        ),
        (
            "resend",
            500,
            None,
            r#"{"name":"application_error","message":"x"}"#,
            Later(None),
        ),
        (
            "resend",
            429,
            Some("2"),
            r#"{"name":"rate_limit_exceeded","message":"x"}"#,
            Later(Some(2)),
        ),
        (
            "resend",
            409,
            None,
            r#"{"name":"concurrent_idempotent_requests","message":"x"}"#,
            Later(Some(5)),
        ),
        (
            "resend",
            422,
            None,
            r#"{"name":"validation_error","message":"ada@a.example"}"#,
            Never,
        ),
        (
            "resend",
            451,
            None,
            r#"{"name":"security_error","message":"x"}"#,
            Never,
        ),
        (
            "resend",
            422,
            None,
            r#"{"name":"ada@a.example","message":"x"}"#,
            Never,
        ),
        (
            "resend",
            422,
            None,
            r#"{"name":"invalid_from_address","message":"x"}"#,
            Operator("mail_from"),
        ),
        (
            "resend",
            403,
            None,
            r#"{"name":"validation_error","message":"domain"}"#,
            Operator("mail_from"),
        ),
        (
            "resend",
            403,
            None,
            r#"{"name":"invalid_api_key","message":"x"}"#,
            Operator("mail_api_token"),
        ),
        ("resend", 200, None, "ok", Later(None)),
    ];
    let providers = [
        Provider::start("postmark").await,
        Provider::start("resend").await,
    ];
    for (name, status, retry_after, body, then) in cases {
        let provider = providers
            .iter()
            .find(|provider| provider.name == name)
            .unwrap();
        provider.answer_next(status, retry_after, body);
        let failure = provider.send("hush", &message("k-1")).await.unwrap_err();
        let told = format!("{failure:?}");
        let right = match (&failure, then) {
            (Failure::Unavailable(_, seconds), Later(wanted)) => *seconds == wanted,
            (Failure::Refused(_), Never) => true,
            (Failure::Misconfigured(what), Operator(variable)) => what.contains(variable),
            _ => false,
        };
        assert!(right, "{name} {status} {body}: {told}");
        assert!(
            !told.contains("ada") && !told.contains("hush"),
            "a failure tells neither address nor token: {told}"
        );
    }
}

#[tokio::test]
async fn a_wrong_token_is_the_operators_matter() {
    for name in ["postmark", "resend"] {
        let provider = Provider::start(name).await;
        let failure = provider.send("wrong", &message("k-1")).await.unwrap_err();
        assert!(
            matches!(&failure, Failure::Misconfigured(what) if what.contains("mail_api_token")),
            "{name}: {failure:?}"
        );
    }
}

#[tokio::test]
async fn nobody_listening_is_tried_again() {
    let provider = Provider {
        name: "resend",
        origin: "http://127.0.0.1:1".to_owned(),
        desk: Shared::default(),
    };
    let failure = provider.send("hush", &message("k-1")).await.unwrap_err();
    assert!(
        matches!(failure, Failure::Unavailable(_, None)),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_header_of_a_token_is_never_printed() {
    let provider = Provider::start("postmark").await;
    let request = provider.account("hush").request(&message("k-1")).unwrap();
    assert!(!format!("{:?}", request.headers()).contains("hush"));
    let provider = Provider::start("resend").await;
    let request = provider.account("hush").request(&message("k-1")).unwrap();
    assert!(!format!("{:?}", request.headers()).contains("hush"));
}
