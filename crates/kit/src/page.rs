//! Lists: `limit` and an opaque cursor. The cursor is signed, so that a position can only be one that we gave out.

use axum::extract::FromRequestParts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{App, Problem, Query, RawJson};

/// Items of a page unless the client asks for fewer or more.
const DEFAULT_LIMIT: i64 = 20;
/// Most items of a page.
const MAX_LIMIT: i64 = 100;
/// Bytes of the signature that a cursor carries; 128 bits.
const TAG_BYTES: usize = 16;

/// Which page the client wants.
#[derive(Clone, Debug)]
pub struct Page {
    /// 1 to 100 items.
    pub limit: i64,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Parameters {
    limit: Option<String>,
    cursor: Option<String>,
}

impl Page {
    /// The position after which the page begins; none for the first.
    ///
    /// # Errors
    /// 422 for a cursor that we did not give out for this list.
    pub fn position<T: DeserializeOwned>(
        &self,
        app: &App,
        list: &str,
    ) -> Result<Option<T>, Problem> {
        self.cursor
            .as_deref()
            .map(|cursor| decode(key(app)?, list, cursor))
            .transpose()
    }

    /// Takes away what was read beyond the page, and answers the cursor of the next one; none on the last. Stores read one
    /// item more than [`Page::limit`], so that this can be told. `position` is what [`Page::position`] gives back.
    ///
    /// # Errors
    /// 503 without the key.
    pub fn cut<T, P: Serialize + ?Sized>(
        &self,
        app: &App,
        list: &str,
        items: &mut Vec<T>,
        position: impl FnOnce(&T) -> &P,
    ) -> Result<Option<String>, Problem> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        match items.last() {
            Some(last) if more => encode(app, list, position(last)).map(Some),
            _ => Ok(None),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Query(Parameters { limit, cursor }) = Query::from_request_parts(parts, state).await?;
        let limit = match limit.as_deref().map(str::parse::<i64>) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit)) if limit >= 1 => limit,
            Some(_) => return Err(Problem::invalid_field("limit", "must be 1 to 100")),
        };
        Ok(Self {
            limit: limit.min(MAX_LIMIT),
            cursor: cursor.filter(|cursor| !cursor.is_empty()),
        })
    }
}

fn key(app: &App) -> Result<&[u8], Problem> {
    app.config().secret_bytes("cursor_key")
}

fn mac(key: &[u8], list: &str, payload: &[u8]) -> Result<Hmac<Sha256>, Problem> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Problem::internal)?;
    mac.update(list.as_bytes());
    mac.update(&[0]);
    mac.update(payload);
    Ok(mac)
}

/// A page whose items the database wrote as a JSON array; `last` is the position of the last of them if there are more.
///
/// # Errors
/// Those of [`encode`].
pub fn listed(
    app: &App,
    list: &str,
    items: &str,
    last: Option<impl Serialize>,
) -> Result<RawJson, Problem> {
    let next = match last {
        Some(position) => format!("\"{}\"", encode(app, list, &position)?),
        None => "null".to_owned(),
    };
    Ok(RawJson(format!(
        "{{\"items\":{items},\"next_cursor\":{next}}}"
    )))
}

/// The cursor of a position in a list. The service must name the secret `cursor_key`.
///
/// # Errors
/// 503 without the key.
pub fn encode(
    app: &App,
    list: &str,
    position: &(impl Serialize + ?Sized),
) -> Result<String, Problem> {
    let mut bytes = serde_json::to_vec(position).map_err(Problem::internal)?;
    let tag = mac(key(app)?, list, &bytes)?.finalize().into_bytes();
    bytes.extend(tag.iter().take(TAG_BYTES));
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn decode<T: DeserializeOwned>(key: &[u8], list: &str, cursor: &str) -> Result<T, Problem> {
    let refuse = || Problem::invalid_field("cursor", "is not one that this list gave out");
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refuse())?;
    let (payload, tag) = bytes
        .len()
        .checked_sub(TAG_BYTES)
        .and_then(|split| bytes.split_at_checked(split))
        .ok_or_else(refuse)?;
    mac(key, list, payload)?
        .verify_truncated_left(tag)
        .map_err(|_| refuse())?;
    serde_json::from_slice(payload).map_err(|_| refuse())
}

/// The position of a cursor, by itself, for infra/fuzz.
#[cfg(fuzzing)]
pub fn open_with<T: DeserializeOwned>(key: &[u8], list: &str, cursor: &str) -> Option<T> {
    decode(key, list, cursor).ok()
}
