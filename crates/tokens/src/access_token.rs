//! Access tokens (RFC 9068): what they claim, and when a claim is good.

use contracts::identity::tokens::{
    Principal, PrincipalKind, Refusal, Revocation, RevocationKind, TrustSnapshot,
};
use serde::Deserialize;

use crate::Audience;

/// How far a token may be ahead of our clock, seconds. Past `exp` there is no mercy: both clocks are ours.
const LEEWAY: i64 = 5;

#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
    /// Extensions that must be understood (RFC 7515 section 4.1.11); we understand none.
    pub(crate) crit: Option<serde::de::IgnoredAny>,
}

impl Header {
    /// `at+jwt`, with or without the media type's first half (RFC 9068 section 4).
    pub(crate) fn is_access_token(&self) -> bool {
        self.typ.as_deref().is_some_and(|typ| {
            typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
        })
    }
}

#[derive(Clone, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(default)]
    client_id: String,
    sid: Option<String>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    auth_time: Option<i64>,
    #[serde(default)]
    amr: Vec<String>,
    iat: i64,
    /// Which revocation of the subject the token follows.
    generation: Option<i64>,
    exp: i64,
    nbf: Option<i64>,
    jti: String,
    cnf: Option<Confirmation>,
}

#[derive(Clone, Deserialize)]
struct Confirmation {
    jkt: Option<String>,
}

impl Claims {
    /// Thumbprint of the key that the token is bound to. A binding that we don't know is not an absent one.
    pub(crate) fn binding(&self) -> Result<Option<&str>, Refusal> {
        match &self.cnf {
            None => Ok(None),
            Some(Confirmation { jkt: Some(jkt) }) => Ok(Some(jkt)),
            Some(Confirmation { jkt: None }) => Err(Refusal::BadProof),
        }
    }

    /// Whether a token with these claims is good for us, now.
    pub(crate) fn check(&self, trust: &TrustSnapshot, now: i64) -> Result<(), Refusal> {
        if self.iss != trust.issuer || !self.aud.names(&trust.audience) {
            return Err(Refusal::WrongAudience);
        }
        if now >= self.exp {
            return Err(Refusal::Expired);
        }
        if self.iat > now + LEEWAY || self.nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
            return Err(Refusal::NotYetValid);
        }
        if trust
            .revocations
            .iter()
            .any(|revocation| self.is_covered_by(revocation))
        {
            return Err(Refusal::Revoked);
        }
        Ok(())
    }

    /// The last revocation of its subject that the token knows of, microseconds since the Unix epoch: by `iat` if it says none.
    fn generation(&self) -> i64 {
        self.generation
            .unwrap_or_else(|| self.iat.saturating_mul(1_000_000))
    }

    fn is_covered_by(&self, revocation: &Revocation) -> bool {
        match revocation.kind {
            RevocationKind::Session => self.sid.as_deref() == Some(&revocation.id),
            RevocationKind::Subject => {
                self.sub == revocation.id && self.generation() < revocation.generation
            }
            RevocationKind::Token => self.jti == revocation.id,
        }
    }

    pub(crate) fn principal(&self) -> Principal {
        // RFC 9068 section 2.2: where no person is involved, `sub` names the client.
        let kind = if self.sub == self.client_id {
            PrincipalKind::Client
        } else {
            PrincipalKind::User
        };
        Principal {
            subject: self.sub.clone(),
            kind,
            session: self.sid.clone(),
            client: self.client_id.clone(),
            scopes: self
                .scope
                .split_ascii_whitespace()
                .map(str::to_owned)
                .collect(),
            permissions: self.permissions.clone(),
            roles: self.roles.clone(),
            auth_time: self.auth_time,
            amr: self.amr.clone(),
            jti: self.jti.clone(),
            cnf: self.cnf.as_ref().and_then(|cnf| cnf.jkt.clone()),
            generation: self.generation(),
        }
    }
}
