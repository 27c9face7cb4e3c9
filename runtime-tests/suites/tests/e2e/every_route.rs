//! Bad input for every route that the OpenAPI document lists, so that no new route can be forgotten: a clear answer, never
//! a 5xx, nothing of the inside shown.

mod route;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spindle_harness::{Account, Answer, App, Call};

use route::{FOREIGN, Route, kind};

/// Longer than any text that a route takes, shorter than any limit on bodies.
const TOO_LONG: usize = 200_000;

/// Bytes over every limit on bodies: an import may have 10 MiB.
const TOO_LARGE: usize = 12 << 20;

/// A problem of the client's making. Where a user may not do it at all, that answer is as good.
#[track_caller]
fn refused(route: &Route, what: &str, answer: &Answer) {
    assert!(
        (400..500).contains(&answer.status),
        "{} with {what}: {} {}",
        route.name(),
        answer.status,
        answer.text
    );
    problem(route, what, answer);
}

/// Whatever the answer, it is none of the server's failing.
#[track_caller]
fn survived(route: &Route, what: &str, answer: &Answer) {
    assert!(
        answer.status < 500,
        "{} with {what}: {} {}",
        route.name(),
        answer.status,
        answer.text
    );
    if answer.status >= 400 {
        problem(route, what, answer);
    }
}

#[track_caller]
fn problem(route: &Route, what: &str, answer: &Answer) {
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json"),
        "{} with {what}: {}",
        route.name(),
        answer.text
    );
    assert_eq!(
        answer.body["request_id"].as_str(),
        answer.header("x-request-id")
    );
    for inside in ["SQL", "panicked", "src/", "spindle_app", "serde"] {
        assert!(
            !answer.text.contains(inside),
            "{} shows the inside: {}",
            route.name(),
            answer.text
        );
    }
}

/// True if the answer is that this user may not do it, whatever he sends.
fn forbidden(answer: &Answer) -> bool {
    answer.status == 403
}

#[tokio::test]
async fn every_secured_route_refuses_no_credential_and_a_bad_one() {
    let app = App::shared();
    for route in Route::all(app).await.iter().filter(|route| route.secured()) {
        for token in [None, Some("x"), Some("spk_x"), Some("eyJ.e30.x")] {
            let answer = route.call(app, token).send().await;
            assert_eq!(
                answer.status,
                401,
                "{} with {token:?}: {}",
                route.name(),
                answer.text
            );
            problem(route, "a bad credential", &answer);
            let challenge = answer.header("www-authenticate").unwrap_or_default();
            assert!(
                challenge.starts_with("Bearer"),
                "{}: {challenge:?}",
                route.name()
            );
        }
    }
}

/// After which tokens are replaced: a slow machine may need longer for all routes than the five minutes that they are good for.
const FRESH: Duration = Duration::from_secs(120);

/// Whose word counts where: an administrator's on routes for administrators, which look at nothing that others send.
struct Tokens {
    since: Instant,
    user: String,
    admin: String,
}

impl Tokens {
    async fn new(app: &App) -> Self {
        Self {
            since: Instant::now(),
            user: Account::new(app).await.token,
            admin: Account::admin(app).await,
        }
    }

    /// These, or others where these have got old.
    async fn fresh(self, app: &App) -> Self {
        if self.since.elapsed() < FRESH {
            self
        } else {
            Self::new(app).await
        }
    }

    fn of(&self, route: &Route) -> &str {
        if route.is_for_administrators() {
            &self.admin
        } else {
            &self.user
        }
    }
}

#[tokio::test]
async fn who_may_not_use_a_route_learns_nothing_else_about_it() {
    let app = App::shared();
    let mut tokens = Tokens::new(app).await;
    for route in Route::all(app).await {
        if !route.is_for_administrators() {
            continue;
        }
        tokens = tokens.fresh(app).await;
        for body in ["{", "[]", "{\"x\":1}"] {
            for path in [FOREIGN, "x"] {
                let call = app.call(&route.method, &route.path(path));
                let answer = call.bearer(&tokens.user).raw(body).await;
                assert!(
                    forbidden(&answer),
                    "{} with {body}: {} {}",
                    route.name(),
                    answer.status,
                    answer.text
                );
            }
        }
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has() {
    let app = App::shared();
    let routes = Route::all(app).await;
    for route in &routes {
        let has: Vec<&str> = routes
            .iter()
            .filter(|other| other.template == route.template)
            .map(|other| other.method.as_str())
            .collect();
        let wrong = ["PUT", "DELETE", "PATCH", "POST", "GET"]
            .into_iter()
            .filter(|method| !has.contains(method));
        for method in wrong {
            let path = route.path(FOREIGN);
            let answer = app.call(method, &path).send().await;
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
            problem(route, "a wrong method", &answer);
            let allow = answer.header("allow").unwrap_or_default();
            for method in &has {
                assert!(
                    allow.split(',').any(|allowed| allowed.trim() == *method),
                    "{path}: Allow is {allow:?} and lacks {method}"
                );
            }
        }
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_told_apart_on_every_route() {
    let app = App::shared();
    let mut tokens = Tokens::new(app).await;
    for route in &Route::all(app).await {
        if route.body().is_none() {
            continue;
        }
        tokens = tokens.fresh(app).await;
        let call = || route.call(app, Some(tokens.of(route)));
        for (body, statuses) in [
            ("{\"a\":}", [400].as_slice()),
            ("{\"a\":1}{", &[400]),
            ("[]", &[422]),
            ("\"text\"", &[422]),
            ("7", &[422]),
        ] {
            let answer = call().raw(body).await;
            refused(route, body, &answer);
            assert!(
                forbidden(&answer) || statuses.contains(&answer.status),
                "{} with {body}: {} {}",
                route.name(),
                answer.status,
                answer.text
            );
        }
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        refused(route, "a deep body", &call().raw(deep).await);
        let not_text = b"{\"x\": \"\xff\xfe\"}".to_vec();
        refused(
            route,
            "bytes that are not UTF-8",
            &call().raw(not_text).await,
        );
        let answer = call().text("{}").await;
        assert!(
            forbidden(&answer) || answer.status == 415,
            "{}: {} {}",
            route.name(),
            answer.status,
            answer.text
        );
        let answer = too_large(&call).await;
        assert!(
            forbidden(&answer) || answer.status == 413,
            "{}: {} {}",
            route.name(),
            answer.status,
            answer.text
        );
    }
}

/// A host may answer and close while the client still sends, and the answer can be lost then.
async fn too_large(call: &impl Fn() -> Call) -> Answer {
    for _ in 0..10 {
        if let Some(answer) = call().try_raw(vec![b' '; TOO_LARGE]).await {
            return answer;
        }
    }
    panic!("no answer to a body that is too large");
}

#[tokio::test]
async fn every_required_field_is_asked_for_and_every_wrong_type_is_named() {
    let app = App::shared();
    let mut tokens = Tokens::new(app).await;
    let mut wrong_answers = Vec::new();
    for route in &Route::all(app).await {
        tokens = tokens.fresh(app).await;
        let plausible = route.plausible();
        for field in route.required() {
            let mut body = plausible.clone();
            body.remove(field);
            let answer = route
                .call(app, Some(tokens.of(route)))
                .json(Value::Object(body))
                .await;
            wrong_answers.extend(unnamed(route, field, "missing", &answer));
        }
        for (field, schema) in route.fields() {
            let Some(kind) = kind(schema) else { continue };
            let wrong = if kind == "string" || kind == "array" || kind == "object" {
                json!(7)
            } else {
                json!("x")
            };
            let mut body = plausible.clone();
            body.insert(field.to_owned(), wrong);
            let answer = route
                .call(app, Some(tokens.of(route)))
                .json(Value::Object(body))
                .await;
            wrong_answers.extend(unnamed(route, field, "of the wrong type", &answer));
        }
    }
    // All of them: one run tells everything.
    assert!(wrong_answers.is_empty(), "{}", wrong_answers.join("\n"));
}

/// What is wrong with the answer: it is not 422, or does not name the field or something inside of it.
fn unnamed(route: &Route, field: &str, what: &str, answer: &Answer) -> Option<String> {
    let named = answer.body["errors"].as_array().is_some_and(|errors| {
        errors
            .iter()
            .filter_map(|error| error["field"].as_str())
            .any(|name| name == field || name.starts_with(&format!("{field}.")))
    });
    let good = forbidden(answer) || answer.status == 422 && named;
    (!good).then(|| {
        format!(
            "{} with {field} {what}: {} {}",
            route.name(),
            answer.status,
            answer.text
        )
    })
}

#[tokio::test]
async fn texts_too_long_or_odd_are_refused_or_taken_and_never_break_anything() {
    let app = App::shared();
    let mut tokens = Tokens::new(app).await;
    for route in &Route::all(app).await {
        tokens = tokens.fresh(app).await;
        let plausible = route.plausible();
        for (field, schema) in route.fields() {
            if kind(schema) != Some("string") {
                continue;
            }
            let send = |text: Value| {
                let mut body = plausible.clone();
                body.insert(field.to_owned(), text);
                route
                    .call(app, Some(&tokens.user))
                    .json(Value::Object(body))
            };
            let answer = send(json!("x".repeat(TOO_LONG))).await;
            survived(route, &format!("a long {field}"), &answer);
            let odd = [
                "\u{0}",
                "\u{202e}txt.exe",
                "\u{feff}",
                "\u{fffd}\u{10ffff}",
                "e\u{301}\u{301}\u{301}",
                "' or 1=1 --",
                "{{7*7}}${7*7}",
                "   ",
                "",
            ];
            for text in odd {
                let answer = send(json!(text)).await;
                survived(route, &format!("{field} {text:?}"), &answer);
            }
            // Half of a surrogate pair is no text.
            let mut body = plausible.clone();
            body.insert(field.to_owned(), json!("HALF"));
            let body = Value::Object(body)
                .to_string()
                .replace("\"HALF\"", "\"\\ud800\"");
            let answer = route.call(app, Some(&tokens.user)).raw(body).await;
            refused(route, &format!("half a pair in {field}"), &answer);
        }
    }
}

#[tokio::test]
async fn an_id_or_name_that_nobody_has_is_not_found_on_every_route() {
    let app = App::shared();
    let mut tokens = Tokens::new(app).await;
    for route in &Route::all(app).await {
        if !route.template.contains('{') {
            continue;
        }
        tokens = tokens.fresh(app).await;
        let long = "x".repeat(3000);
        for value in [
            FOREIGN,
            "x",
            "0",
            "-1",
            "%E2%80%AEx",
            "%F0%9F%92%A9",
            "..%2F..%2Fetc",
            "%ff",
            "%00",
            "'%20or%201=1",
            &long,
        ] {
            let call = app
                .call(&route.method, &route.path(value))
                .bearer(&tokens.user);
            let answer = match route.body() {
                Some(_) => call.json(Value::Object(route.plausible())).await,
                None => call.send().await,
            };
            refused(route, value, &answer);
        }
    }
}

#[tokio::test]
async fn every_query_parameter_of_the_wrong_kind_is_refused_or_ignored() {
    let app = App::shared();
    let mut tokens = Tokens::new(app).await;
    for route in &Route::all(app).await {
        tokens = tokens.fresh(app).await;
        let parameters = route.operation["parameters"].as_array().cloned();
        for parameter in parameters.unwrap_or_default() {
            if parameter["in"] != "query" || route.method != "GET" {
                continue;
            }
            let name = parameter["name"].as_str().unwrap();
            let schema = route.resolve(&parameter["schema"]).clone();
            let get = |value: &str| {
                let path = format!("{}?{name}={value}", route.path(FOREIGN));
                app.call("GET", &path).bearer(&tokens.user).send()
            };
            let numbers = ["abc", "-1", "0", "99999999999999999999", "1.5", ""];
            if matches!(kind(&schema), Some("integer" | "number")) {
                for value in numbers {
                    refused(route, &format!("{name}={value}"), &get(value).await);
                }
            }
            if name == "cursor" {
                for value in ["x", "AAAA", "e30", "%F0%9F%92%A9"] {
                    refused(route, &format!("{name}={value}"), &get(value).await);
                }
            }
            let long = "x".repeat(3000);
            for value in ["%ff", "%E2%80%AE", "'", "%25", "_", "\\", &long] {
                survived(route, &format!("{name}={value}"), &get(value).await);
            }
            refused(route, &format!("{name}=%00"), &get("%00").await);
        }
    }
}
