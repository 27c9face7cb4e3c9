//! The private routes of the audit log: signing a place of its chain, and telling which of them were signed here.

use std::collections::HashMap;

use axum::extract::State;
use kit::{App, Context, Json, Problem};
use serde::{Deserialize, Serialize};

use crate::audit_head::AuditHead;
use crate::keys::Keys;
use crate::stored_key::StoredKey;
use crate::{SigningKey, store};

#[derive(Serialize)]
pub(crate) struct SignedHead {
    jws: String,
}

pub(crate) async fn sign(
    State(app): State<App>,
    context: Context,
    Json(head): Json<AuditHead>,
) -> Result<Json<SignedHead>, Problem> {
    let key = Keys::of(&app)?.signing_key(&app, &context).await?;
    head.sign(&key)
        .map(|jws| Json(SignedHead { jws }))
        .map_err(Problem::internal)
}

#[derive(Deserialize, garde::Validate)]
pub(crate) struct HeadsToVerify {
    #[garde(length(max = 1000))]
    heads: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct VerifiedHeads {
    /// In the same order; null for what was not signed here.
    heads: Vec<Option<AuditHead>>,
}

pub(crate) async fn verify(
    State(app): State<App>,
    Json(request): Json<HeadsToVerify>,
) -> Result<Json<VerifiedHeads>, Problem> {
    let keys = Keys::of(&app)?;
    let mut opened: HashMap<String, Option<SigningKey>> = HashMap::new();
    let mut heads = Vec::with_capacity(request.heads.len());
    for jws in &request.heads {
        let Some(kid) = AuditHead::kid(jws) else {
            heads.push(None);
            continue;
        };
        if !opened.contains_key(&kid) {
            let sealed = store::find_signing_key(app.db(), &kid).await?;
            // A row that our master keys did not seal is somebody else's key.
            let key = match sealed {
                Some(sealed) => SigningKey::open(keys.keyring(&app)?, &sealed).ok(),
                None => None,
            };
            opened.insert(kid.clone(), key);
        }
        heads.push(
            opened
                .get(&kid)
                .and_then(Option::as_ref)
                .and_then(|key| AuditHead::verify(jws, key)),
        );
    }
    Ok(Json(VerifiedHeads { heads }))
}
