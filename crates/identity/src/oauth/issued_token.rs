//! Tokens that we signed, read back: access tokens, and ID tokens as hints.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{App, DbError};
use rsa::sha2::Sha256;
use rsa::signature::Verifier;
use rsa::{BigUint, RsaPublicKey, pkcs1v15};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokens::{Audience, Compact, Jwk};
use uuid::Uuid;

use crate::store::signing_key::{self, PublicKey};

/// What an access token says.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AccessTokenClaims {
    iss: String,
    pub(crate) sub: String,
    aud: Audience,
    pub(crate) client_id: String,
    pub(crate) sid: Option<String>,
    #[serde(default)]
    pub(crate) scope: String,
    pub(crate) auth_time: Option<i64>,
    pub(crate) acr: Option<String>,
    #[serde(default)]
    pub(crate) amr: Vec<String>,
    pub(crate) iat: i64,
    generation: Option<i64>,
    pub(crate) exp: i64,
    pub(crate) jti: String,
    cnf: Option<Confirmation>,
}

#[derive(Clone, Debug, Deserialize)]
struct Confirmation {
    jkt: Option<String>,
}

impl AccessTokenClaims {
    pub(crate) fn audience(&self) -> &[String] {
        self.aud.recipients()
    }

    pub(crate) fn jkt(&self) -> Option<&str> {
        self.cnf.as_ref().and_then(|cnf| cnf.jkt.as_deref())
    }

    /// The last revocation of its subject that the token follows, microseconds since the Unix epoch: by `iat` if it says none.
    pub(crate) fn generation(&self) -> i64 {
        self.generation
            .unwrap_or_else(|| self.iat.saturating_mul(1_000_000))
    }

    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scope.split_ascii_whitespace().any(|had| had == scope)
    }
}

/// Whom an ID token that came back as a hint is of.
pub(crate) enum Hint {
    /// Ours for certain.
    Proven(IdTokenClaims),
    /// It says that it is ours, by a key that has left the key set, so nobody can tell any more: sessions outlive keys.
    Outdated(IdTokenClaims),
    /// No ID token of ours.
    None,
}

/// What an ID token says, as far as a hint needs it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct IdTokenClaims {
    iss: String,
    pub(crate) sub: String,
    /// The client that it was issued to.
    pub(crate) aud: String,
    /// The browser's session.
    pub(crate) sid: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: String,
    crit: Option<serde::de::IgnoredAny>,
}

/// An access token of ours that has not expired; none for anything else.
pub(crate) async fn access_token(
    app: &App,
    token: &str,
    now: i64,
) -> Result<Option<AccessTokenClaims>, DbError> {
    let claims: AccessTokenClaims = match verify(app, token, "at+jwt", &["EdDSA"]).await? {
        Signature::Good(claims) => claims,
        Signature::OfUnknownKey(_) | Signature::Bad => return Ok(None),
    };
    let good = claims.iss == app.config().issuer() && claims.exp > now;
    Ok(good.then_some(claims))
}

/// Account and session that a first-party access token of ours was given to, though it may have expired; none for any other. Bound ones
/// are not taken: they need a proof of their key.
pub(crate) async fn first_party_session(
    app: &App,
    token: &str,
) -> Result<Option<(Uuid, Uuid)>, DbError> {
    let claims: AccessTokenClaims = match verify(app, token, "at+jwt", &["EdDSA"]).await? {
        Signature::Good(claims) => claims,
        Signature::OfUnknownKey(_) | Signature::Bad => return Ok(None),
    };
    let ours = claims.iss == app.config().issuer()
        && claims.aud.names("spindle")
        && claims.client_id == "spindle"
        && claims.cnf.is_none();
    let uuid = |text: &str| text.parse::<Uuid>().ok();
    let session = claims.sid.as_deref().and_then(uuid);
    Ok(uuid(&claims.sub).zip(session).filter(|_| ours))
}

/// An ID token of ours, expired ones too: as a hint it only says who it was (OpenID Connect RP-Initiated Logout section 2).
pub(crate) async fn hint(app: &App, token: &str) -> Result<Hint, DbError> {
    let issuer = app.config().issuer();
    let signature = verify::<IdTokenClaims>(app, token, "JWT", &["EdDSA", "RS256"]).await?;
    Ok(match signature {
        Signature::Good(claims) if claims.iss == issuer => Hint::Proven(claims),
        Signature::OfUnknownKey(claims) if claims.iss == issuer => Hint::Outdated(claims),
        Signature::Good(_) | Signature::OfUnknownKey(_) | Signature::Bad => Hint::None,
    })
}

/// What a token says, by what its signature is worth.
enum Signature<C> {
    Good(C),
    /// No key of this name is in the key set.
    OfUnknownKey(C),
    Bad,
}

async fn verify<C: DeserializeOwned>(
    app: &App,
    token: &str,
    kind: &str,
    algorithms: &[&str],
) -> Result<Signature<C>, DbError> {
    let Some((header, claims, compact)) = Compact::parse(token).and_then(|compact| {
        let header: Header = compact.header()?;
        let claims: C = compact.payload()?;
        Some((header, claims, compact))
    }) else {
        return Ok(Signature::Bad);
    };
    let typed = header
        .typ
        .as_deref()
        .is_some_and(|typ| typ.eq_ignore_ascii_case(kind));
    if !typed || header.crit.is_some() || !algorithms.contains(&header.alg.as_str()) {
        return Ok(Signature::Bad);
    }
    let set = signing_key::list_public_keys(app.db()).await?;
    let Some(key) = set.keys.iter().find(|key| key.kid == header.kid) else {
        return Ok(Signature::OfUnknownKey(claims));
    };
    // The key says by which algorithm it signs, the token must agree.
    Ok(if key.alg == header.alg && signed(key, &compact) {
        Signature::Good(claims)
    } else {
        Signature::Bad
    })
}

fn signed(key: &PublicKey, token: &Compact<'_>) -> bool {
    match (&key.x, &key.n) {
        (Some(x), None) => Jwk::Okp {
            crv: "Ed25519".to_owned(),
            x: x.clone(),
            d: None,
        }
        .verify("EdDSA", token.signed(), token.signature())
        .is_some(),
        (None, Some(n)) => rsa_signed(n, token).unwrap_or(false),
        _ => false,
    }
}

fn rsa_signed(modulus: &str, token: &Compact<'_>) -> Option<bool> {
    let modulus = BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(modulus).ok()?);
    let key = RsaPublicKey::new(modulus, BigUint::from(65_537_u32)).ok()?;
    let signature = pkcs1v15::Signature::try_from(token.signature()).ok()?;
    let verifier = pkcs1v15::VerifyingKey::<Sha256>::new(key);
    Some(
        verifier
            .verify(token.signed().as_bytes(), &signature)
            .is_ok(),
    )
}
