//! The control plane `/__sim/…`: what tests use to set the stage and to look behind it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State as Shares};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::AccountSpec;
use crate::clock::SECOND;
use crate::config::Config;
use crate::fault::Fault;
use crate::key::KeyEdit;
use crate::market::{PairSpec, PriceMove, SystemStatus};
use crate::simulator::{Shared, lock};
use crate::state::{Mistake, State};

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/__sim/health", get(health))
        .route("/__sim/reset", post(reset))
        .route("/__sim/account", post(account))
        .route("/__sim/key", post(key))
        .route("/__sim/pair", post(pair))
        .route("/__sim/price", post(price))
        .route("/__sim/status", post(status))
        .route("/__sim/clock", post(clock))
        .route("/__sim/fault", post(fault).delete(clear_faults))
        .route("/__sim/log", get(log))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Status {
    status: SystemStatus,
    /// Only this pair; otherwise the whole exchange.
    pair: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// Seconds.
    advance: i64,
}

#[derive(Debug, Deserialize)]
struct LogFilter {
    api_key: Option<String>,
}

async fn health() -> Response {
    told(&json!({ "ok": true }))
}

/// Back to the start: with the configuration of the body, or else the one it was started with.
async fn reset(Shares(shared): Shares<Shared>, body: Bytes) -> Response {
    let config = if body.is_empty() {
        Ok(lock(&shared).config.clone())
    } else {
        parse::<Config>(&body)
    };
    respond(config.and_then(State::new).map(|fresh| {
        *lock(&shared) = fresh;
        json!({ "ok": true })
    }))
}

async fn account(Shares(shared): Shares<Shared>, body: Bytes) -> Response {
    let spec = if body.is_empty() {
        Ok(AccountSpec::default())
    } else {
        parse(&body)
    };
    respond(spec.and_then(|spec| lock(&shared).open_account(spec)))
}

/// Edits the key whose `api_key` exists; otherwise issues one.
async fn key(Shares(shared): Shares<Shared>, body: Bytes) -> Response {
    let value: Result<Value, Mistake> = if body.is_empty() {
        Ok(json!({}))
    } else {
        parse(&body)
    };
    let answer = value.and_then(|value| {
        let mut state = lock(&shared);
        let named = value.get("api_key").and_then(Value::as_str);
        if named.is_some_and(|key| state.keys.contains_key(key)) {
            let edit: KeyEdit = serde_json::from_value(value).map_err(|error| error.to_string())?;
            state.edit_key(edit)
        } else {
            let spec = serde_json::from_value(value).map_err(|error| error.to_string())?;
            state.issue_key(spec)
        }
    });
    respond(answer)
}

async fn pair(Shares(shared): Shares<Shared>, body: Bytes) -> Response {
    respond(parse::<PairSpec>(&body).map(|spec| json!({ "pair": lock(&shared).market.add(spec) })))
}

async fn price(Shares(shared): Shares<Shared>, body: Bytes) -> Response {
    let moved = parse::<PriceMove>(&body).and_then(|change| {
        lock(&shared)
            .move_price(&change)
            .map_err(|refusal| refusal.0)
    });
    respond(moved.map(|()| json!({ "ok": true })))
}

async fn status(Shares(shared): Shares<Shared>, body: Bytes) -> Response {
    let set = parse::<Status>(&body).and_then(|Status { status, pair }| {
        let market = &mut lock(&shared).market;
        match pair {
            None => market.status = status,
            Some(name) => market.pair_mut(&name).map_err(|refusal| refusal.0)?.status = status,
        }
        Ok(json!({ "ok": true }))
    });
    respond(set)
}

async fn clock(Shares(shared): Shares<Shared>, body: Bytes) -> Response {
    let moved = parse::<Advance>(&body).map(|Advance { advance }| {
        let mut state = lock(&shared);
        state.clock.advance(advance.saturating_mul(SECOND));
        json!({ "now": state.now() / SECOND })
    });
    respond(moved)
}

async fn fault(Shares(shared): Shares<Shared>, body: Bytes) -> Response {
    let planned = parse::<Fault>(&body).map(|fault| {
        lock(&shared).faults.plan(fault);
        json!({ "ok": true })
    });
    respond(planned)
}

async fn clear_faults(Shares(shared): Shares<Shared>) -> Response {
    lock(&shared).faults.clear();
    told(&json!({ "ok": true }))
}

async fn log(Shares(shared): Shares<Shared>, Query(filter): Query<LogFilter>) -> Response {
    told(&json!({ "entries": lock(&shared).journal.entries(filter.api_key.as_deref()) }))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Mistake> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// A mistake of the test's author is a 400 that says what it is.
fn respond<T: Serialize>(answer: Result<T, Mistake>) -> Response {
    match answer {
        Ok(value) => told(&value),
        Err(mistake) => {
            (StatusCode::BAD_REQUEST, told(&json!({ "error": mistake }))).into_response()
        }
    }
}

fn told<T: Serialize>(value: &T) -> Response {
    let text = serde_json::to_string(value).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
