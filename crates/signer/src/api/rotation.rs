//! Private routes for rotating keys: the next signing keys, and other wrappings for what an old master key wraps. The owner of the
//! tasks calls them; each may be called again after whatever happened.

use axum::extract::State;
use kit::{App, Context, Json, Problem, params};
use serde::{Deserialize, Serialize};

use crate::keys::Keys;
use crate::rsa_key::RsaKey;
use crate::stored_key::StoredKey;
use crate::{KeyringError, SigningKey};

/// How long a key is published before it signs, seconds: three times as long as anybody may keep the key set.
const LEAD_S: i32 = 900;
/// How long a key verifies after the next one signs, seconds: the life of a token, half a minute that an instance of ours remembers
/// which key signs, and clocks that differ.
const OVERLAP_S: i32 = 600;
/// How old a key becomes before the schedule replaces it, seconds: four weeks.
const AGE_S: i32 = 28 * 24 * 3600;
/// Seeds that one call looks at.
const PAGE: i32 = 100;

#[derive(Deserialize, garde::Validate)]
pub(crate) struct RotationRequest {
    /// Whatever the age of the present key.
    #[garde(skip)]
    #[serde(default)]
    now: bool,
}

/// What came of one algorithm's key.
#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(
    clippy::enum_variant_names,
    reason = "the outcomes of the SQL function"
)]
pub(crate) enum Rotated {
    /// The next one is published, and signs from then on.
    Rotated { kid: String, signs_from: String },
    /// The next one was published before.
    Pending { kid: String, signs_from: String },
    /// The present one is young.
    Young { kid: String, signs_from: String },
    /// The present one is young, or the next was published before: no other was made.
    NotDue,
}

#[derive(Serialize)]
pub(crate) struct Rotation {
    access_tokens: Rotated,
    id_tokens: Rotated,
}

/// `POST /internal/keys/rotate`: publishes the next keys. Called again within a quarter of an hour it changes nothing.
pub(crate) async fn rotate(
    State(app): State<App>,
    context: Context,
    Json(request): Json<RotationRequest>,
) -> Result<Json<Rotation>, Problem> {
    let min_age = if request.now { 0 } else { AGE_S };
    let (app, context) = (&app, &context);
    let access_tokens = rotate_key::<SigningKey>(app, context, min_age).await?;
    let id_tokens = rotate_key::<RsaKey>(app, context, min_age).await?;
    Ok(Json(Rotation {
        access_tokens,
        id_tokens,
    }))
}

fn failed(error: KeyringError) -> Problem {
    Problem::internal(error)
}

async fn rotate_key<K: StoredKey>(
    app: &App,
    context: &Context,
    min_age: i32,
) -> Result<Rotated, Problem> {
    let due: Option<bool> = app
        .db()
        .read_json(
            include_str!("../../sql/signing_key_is_due.sql"),
            params![K::ALGORITHM, min_age],
        )
        .await?;
    if due == Some(false) {
        return Ok(Rotated::NotDue);
    }
    let keys = Keys::of(app)?;
    let keyring = keys.keyring(app)?;
    let next = K::generate()
        .and_then(|key| key.seal(keyring))
        .map_err(failed)?;
    Ok(app
        .db()
        .write_json(
            include_str!("../../sql/rotate_signing_key.sql"),
            params![
                context.value(),
                K::ALGORITHM,
                &next.kid,
                &next.x,
                &next.sealed,
                LEAD_S,
                OVERLAP_S,
                min_age
            ],
        )
        .await?)
}

/// A secret as its row has it.
#[derive(Deserialize)]
struct Sealed {
    purpose: String,
    row: String,
    sealed: String,
    /// Whose seed it is; none of signing keys.
    account: Option<String>,
}

#[derive(Deserialize)]
struct Replaced {
    replaced: bool,
}

#[derive(Deserialize, garde::Validate)]
pub(crate) struct RewrapRequest {
    /// `next` of the call before; none to begin.
    #[garde(length(max = 64))]
    after: Option<String>,
}

/// How far it has come.
#[derive(Serialize)]
pub(crate) struct Rewrapped {
    /// Secrets that were wrapped anew.
    rewrapped: usize,
    /// Why secrets could not be, one reason each.
    failed: Vec<String>,
    /// Where the next call goes on; none at the end.
    next: Option<String>,
}

/// `POST /internal/secrets/rewrap`: wraps some secrets anew under the current master key. Reads go on meanwhile: every envelope says
/// which master key it needs, and a row that was changed in between is left to the next round. Each row is a write of its own, so
/// wherever it is cut off, the next round does the rest; and one that does not open holds up no other.
pub(crate) async fn rewrap(
    State(app): State<App>,
    Json(request): Json<RewrapRequest>,
) -> Result<Json<Rewrapped>, Problem> {
    let keys = Keys::of(&app)?;
    let keyring = keys.keyring(&app)?;
    let version = i32::try_from(keyring.current()).map_err(Problem::internal)?;
    let page: Vec<Sealed> = app
        .db()
        .read_json(
            include_str!("../../sql/list_sealed_elsewhere.sql"),
            params![version, request.after, PAGE],
        )
        .await?
        .unwrap_or_default();
    let (mut rewrapped, mut failed) = (0, Vec::new());
    for secret in &page {
        match keyring.rewrap(&secret.purpose, &secret.row, &secret.sealed) {
            Ok(sealed) => {
                let Replaced { replaced } = app
                    .db()
                    .write_json(
                        include_str!("../../sql/replace_sealed.sql"),
                        params![&secret.purpose, &secret.row, &secret.sealed, &sealed],
                    )
                    .await?;
                rewrapped += usize::from(replaced);
            }
            Err(error) => failed.push(format!("{} {}: {error}", secret.purpose, secret.row)),
        }
    }
    // The last account of a full page; a page that is not full was the last.
    let next = page
        .into_iter()
        .filter_map(|secret| secret.account)
        .nth(PAGE.unsigned_abs() as usize - 1);
    Ok(Json(Rewrapped {
        rewrapped,
        failed,
        next,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_outlives_every_token_that_it_signed() {
        // An instance remembers for 30 s which key signs, and clocks differ by a minute.
        assert!(i64::from(OVERLAP_S) >= crate::LIFETIME + 30 + 60);
    }
}
