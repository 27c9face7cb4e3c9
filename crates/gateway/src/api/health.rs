//! Does it live, and can it work?

use std::pin::pin;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures::future::{Either, join, select};
use http::StatusCode;
use kit::{App, clock, params};
use serde::Serialize;
use utoipa::ToSchema;

/// What a dependency may take, so that there is an answer within a second: load balancers do not wait longer.
const PATIENCE: Duration = Duration::from_millis(850);

/// Where the machine stood still, the alarm is delivered before the answer that is there as well: one more look.
const SECOND_LOOK: Duration = Duration::from_millis(50);

/// How recent an answer of Postgres shows that it is busy, and not down.
const RECENT: Duration = Duration::from_secs(3);

/// The process answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Live {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether all that answers depend on is there.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ready {
    /// `ok`; `degraded`: slower, but every answer is right; `unavailable`.
    #[schema(example = "ok")]
    status: &'static str,
    checks: Checks,
}

/// Each dependency: `ok` or `unavailable`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Checks {
    /// Without it nothing works.
    #[schema(example = "ok")]
    postgres: &'static str,
    /// Without it what it would have kept is made anew.
    #[schema(example = "ok")]
    key_value: &'static str,
}

impl Ready {
    /// By what the checks found within their time, and by whether Postgres has answered anything `lately`.
    fn of(postgres: Option<bool>, lately: bool, key_value: Option<bool>) -> Self {
        let (postgres, key_value) = (postgres.unwrap_or(lately), key_value.unwrap_or(false));
        let word = |good| if good { "ok" } else { "unavailable" };
        Self {
            status: match (postgres, key_value) {
                (true, true) => "ok",
                (true, false) => "degraded",
                (false, _) => "unavailable",
            },
            checks: Checks {
                postgres: word(postgres),
                key_value: word(key_value),
            },
        }
    }

    fn status_code(&self) -> StatusCode {
        if self.checks.postgres == "ok" {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Answers as long as the application runs at all.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "health",
    responses((status = 200, description = "It lives", body = Live)),
    security(())
)]
pub(crate) async fn live() -> axum::Json<Live> {
    axum::Json(Live { status: "ok" })
}

/// Asks each dependency.
///
/// Where Postgres does not answer in time, it still counts as there if it has answered in the last three seconds: busy is not down.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "health",
    responses(
        (status = 200, description = "It works, perhaps `degraded`", body = Ready),
        (status = 503, description = "Postgres does not answer", body = Ready),
    ),
    security(())
)]
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let postgres = in_time(async {
        app.db()
            .read(include_str!("../../sql/ping.sql"), params![])
            .await
            .is_ok()
    });
    let key_value = in_time(async { app.key_value().get("health").await.is_ok() });
    let (postgres, key_value) = join(postgres, key_value).await;
    let ready = Ready::of(postgres, app.db().answered_within(RECENT), key_value);
    (ready.status_code(), axum::Json(ready)).into_response()
}

/// None if the check does not come to an end soon.
async fn in_time(check: impl Future<Output = bool>) -> Option<bool> {
    let mut check = pin!(check);
    for time in [PATIENCE, SECOND_LOOK] {
        let alarm = pin!(clock::sleep(time));
        if let Either::Left((good, _)) = select(check.as_mut(), alarm).await {
            return Some(good);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_postgres_makes_it_unavailable() {
        let (good, bad, late) = (Some(true), Some(false), None);
        for (postgres, lately, key_value, status, code) in [
            (good, true, good, "ok", 200),
            (good, false, late, "degraded", 200),
            (good, true, bad, "degraded", 200),
            (bad, false, good, "unavailable", 503),
            // It said that it is down.
            (bad, true, good, "unavailable", 503),
            (late, false, bad, "unavailable", 503),
            // Busy is not down.
            (late, true, good, "ok", 200),
        ] {
            let ready = Ready::of(postgres, lately, key_value);
            assert_eq!((ready.status, ready.status_code().as_u16()), (status, code));
        }
    }

    #[tokio::test]
    async fn probes_and_scrapes_are_never_counted() {
        let variables = std::collections::HashMap::from([
            ("environment".to_owned(), "development".to_owned()),
            ("limits".to_owned(), "read=1/3600".to_owned()),
        ]);
        let ports = kit::Ports::none(std::sync::Arc::new(variables));
        let service = crate::api::service(kit::AppBuilder::new("gateway", ports));
        // Without a database nothing can be counted, and what should be is refused.
        for (path, status, limited) in [
            ("/health/live", 200, false),
            ("/health/ready", 503, false),
            ("/openapi.json", 503, true),
        ] {
            let request = http::Request::get(path);
            let answer = service
                .call(request.body(axum::body::Body::empty()).unwrap())
                .await;
            assert_eq!(answer.status().as_u16(), status, "{path}");
            let problem =
                answer.headers()[http::header::CONTENT_TYPE] == "application/problem+json";
            assert_eq!(problem, limited, "{path}");
        }
    }

    #[tokio::test]
    async fn a_check_that_hangs_has_no_result() {
        assert_eq!(in_time(std::future::pending()).await, None);
        assert_eq!(in_time(async { true }).await, Some(true));
        assert_eq!(in_time(async { false }).await, Some(false));
    }
}
