//! Proofs of possession at our own endpoints (RFC 9449): a proof is good for one request, with a nonce that we gave.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use kit::{App, clock};
use tokens::{Proof, ProvenRequest};

use super::failure::{Failure, OAuthError};
use super::store::used_once;

static DPOP: HeaderName = HeaderName::from_static("dpop");
static DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A key that the client holds, and the nonce for its next proof.
pub(crate) struct Possession {
    pub(crate) jkt: String,
    nonce: String,
}

impl Possession {
    /// Tells the client the nonce for its next proof.
    pub(crate) fn mark(&self, headers: &mut HeaderMap) {
        if let Ok(nonce) = HeaderValue::from_str(&self.nonce) {
            headers.insert(DPOP_NONCE.clone(), nonce);
        }
    }
}

/// The key that the client proves to hold, if it sends a proof.
pub(crate) async fn possession(
    app: &App,
    headers: &HeaderMap,
    path: &str,
) -> Result<Option<Possession>, Failure> {
    let Some(proof) = single(headers)? else {
        return Ok(None);
    };
    let url = format!("{}{path}", app.config().public_url);
    let request = ProvenRequest {
        method: "POST",
        url: &url,
        token: None,
        now: clock::now_s(),
    };
    let proof = Proof::verify(proof, &request).ok_or_else(invalid)?;
    let nonces = used_once::dpop_nonces(app.db()).await?;
    let fresh = nonces.first().cloned().unwrap_or_default();
    if !proof
        .nonce
        .as_ref()
        .is_some_and(|nonce| nonces.contains(nonce))
    {
        return Err(OAuthError::new(
            "use_dpop_nonce",
            "make the proof with the nonce in the header DPoP-Nonce",
        )
        .header(DPOP_NONCE.clone(), fresh)
        .into());
    }
    first_use(app, &proof).await?;
    Ok(Some(Possession {
        jkt: proof.thumbprint,
        nonce: fresh,
    }))
}

/// The proof that comes with an access token, which must be bound to its key.
pub(crate) async fn proves(
    app: &App,
    headers: &HeaderMap,
    method: &str,
    path: &str,
    token: &str,
    jkt: &str,
) -> Result<bool, Failure> {
    let Ok(Some(proof)) = single(headers) else {
        return Ok(false);
    };
    let url = format!("{}{path}", app.config().public_url);
    let request = ProvenRequest {
        method,
        url: &url,
        token: Some(token),
        now: clock::now_s(),
    };
    let Some(proof) = Proof::verify(proof, &request).filter(|proof| proof.thumbprint == jkt) else {
        return Ok(false);
    };
    Ok(used_once::use_proof(app.db(), &proof.thumbprint, &proof.jti).await?)
}

async fn first_use(app: &App, proof: &Proof) -> Result<(), Failure> {
    if used_once::use_proof(app.db(), &proof.thumbprint, &proof.jti).await? {
        Ok(())
    } else {
        Err(invalid().into())
    }
}

fn single(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let mut values = headers.get_all(&DPOP).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(invalid());
    }
    value.to_str().map(Some).map_err(|_| invalid())
}

fn invalid() -> OAuthError {
    OAuthError::new(
        "invalid_dpop_proof",
        "the DPoP proof is wrong, for another request, too old, or was used before",
    )
    .header(
        header::WWW_AUTHENTICATE,
        "DPoP error=\"invalid_dpop_proof\"",
    )
}
