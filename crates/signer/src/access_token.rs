//! Access tokens (RFC 9068).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use tokens::Audience;

use crate::SigningKey;

/// How long an access token is good for, seconds.
pub const LIFETIME: i64 = 300;

/// What an access token is to say. Issuer and expiry are added by the signer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate)]
pub struct Grant {
    /// Account, or client that acts for itself.
    #[garde(length(min = 1))]
    pub sub: String,
    /// Session; none for clients that act for themselves.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Whom the token is for: `spindle`, userinfo, or a resource server that a client asked for (RFC 8707).
    #[garde(skip)]
    pub aud: Audience,
    /// OAuth client; `spindle` for first-party sessions.
    #[garde(length(min = 1))]
    pub client_id: String,
    /// Scopes, separated by spaces; `*` for first-party sessions.
    #[garde(skip)]
    pub scope: String,
    /// Permissions in force: the account's, reduced to the scopes.
    #[garde(skip)]
    pub permissions: Vec<String>,
    /// Roles of the account.
    #[garde(skip)]
    pub roles: Vec<String>,
    /// When the person last proved who they are, seconds since the Unix epoch.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How (RFC 8176).
    #[garde(skip)]
    pub amr: Vec<String>,
    /// When the token was issued, seconds since the Unix epoch; the database's clock.
    #[garde(skip)]
    pub iat: i64,
    /// The last revocation of `sub`, account or client, that the token follows, microseconds since the Unix epoch. Ours alone:
    /// others go by introspection.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// Unique id of the token.
    #[garde(length(min = 1))]
    pub jti: String,
    /// How surely the person was authenticated (OpenID Connect Core section 2).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The key that the token is bound to (RFC 9449 section 6).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// The key that a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// SHA-256 thumbprint (RFC 7638), base64url.
    pub jkt: String,
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    exp: i64,
    #[serde(flatten)]
    grant: &'a Grant,
}

/// A signed token.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccessToken {
    /// The token.
    pub access_token: String,
    /// How long it is good for from `iat`, seconds.
    pub expires_in: i64,
}

impl AccessToken {
    /// Signs a token. The same grant under the same key gives the same token: EdDSA is deterministic.
    ///
    /// # Errors
    /// None that a grant can cause; those of the serializer.
    pub fn sign(key: &SigningKey, issuer: &str, grant: &Grant) -> Result<Self, serde_json::Error> {
        let header = serde_json::to_vec(&Header {
            typ: "at+jwt",
            alg: "EdDSA",
            kid: key.kid(),
        })?;
        let claims = serde_json::to_vec(&Claims {
            iss: issuer,
            exp: grant.iat.saturating_add(LIFETIME),
            grant,
        })?;
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
        Ok(Self {
            access_token: format!("{signed}.{signature}"),
            expires_in: LIFETIME,
        })
    }
}

#[cfg(test)]
mod tests {
    use contracts::identity::tokens::{Presented, TrustSnapshot, Verdict, VerificationKey};

    use super::*;
    use crate::stored_key::StoredKey;

    fn grant() -> Grant {
        Grant {
            sub: "a1".into(),
            sid: Some("s1".into()),
            aud: "spindle".into(),
            client_id: "spindle".into(),
            scope: "*".into(),
            permissions: vec!["bots.run".into()],
            roles: vec!["trader".into()],
            auth_time: Some(1_763_700_000),
            amr: vec!["pwd".into()],
            iat: 1_763_700_000,
            generation: Some(0),
            jti: "t1".into(),
            acr: None,
            cnf: None,
        }
    }

    #[test]
    fn what_is_signed_here_is_what_the_verifier_trusts() {
        let key = SigningKey::generate().unwrap();
        let token = AccessToken::sign(&key, "https://spindle.example/oauth2", &grant())
            .unwrap()
            .access_token;
        let mut verifier = tokens::Verifier::default();
        verifier.trust(TrustSnapshot {
            issuer: "https://spindle.example/oauth2".into(),
            audience: "spindle".into(),
            keys: vec![VerificationKey {
                kid: key.kid().into(),
                x: key.x(),
            }],
            revocations: vec![],
        });
        let presented = |now| Presented {
            authorization: format!("Bearer {token}"),
            dpop: None,
            method: "GET".into(),
            url: "https://spindle.example/".into(),
            now,
        };
        let Ok(Verdict::Principal(principal)) = verifier.verify(&presented(1_763_700_299)) else {
            panic!("refused")
        };
        assert_eq!(
            (principal.subject.as_str(), principal.session.as_deref()),
            ("a1", Some("s1"))
        );
        assert_eq!(principal.permissions, ["bots.run"]);
        assert!(
            verifier.verify(&presented(1_763_700_300)).is_err(),
            "five minutes"
        );
    }

    #[test]
    fn the_same_grant_gives_the_same_token() {
        let key = SigningKey::generate().unwrap();
        let sign = || {
            AccessToken::sign(&key, "https://spindle.example/oauth2", &grant())
                .unwrap()
                .access_token
        };
        assert_eq!(sign(), sign());
    }
}
