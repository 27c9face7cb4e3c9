//! Tokens for a client: signed by `signer`, answered by the token endpoint (RFC 6749 section 5.1).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{App, Context, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use sha2::{Digest, Sha256, Sha512};

use super::domain::{Audience, Client, IdTokenAlgorithm, Own, Scopes, audience};
use super::failure::{Failure, OAuthError};
use super::store::grant::Grant;
use super::store::token;
use crate::api::token::sign;
use crate::domain::RefreshToken;
use crate::policy::Policy;

/// What the token endpoint answers.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TokenResponse {
    /// EdDSA JWT (RFC 9068).
    access_token: String,
    /// `Bearer`, or `DPoP` for a token that is bound to a key.
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    scope: String,
    /// Good once.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// With the scope `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

#[derive(Deserialize)]
struct SignedIdToken {
    id_token: String,
}

/// Whom a token is for, and what it may; `invalid_target` if that cannot be.
pub(crate) fn audience_of(
    app: &App,
    scopes: &Scopes,
    resources: &[String],
) -> Result<Audience, OAuthError> {
    let userinfo = format!("{}/userinfo", app.config().issuer());
    let own = Own {
        api: &app.config().public_url,
        userinfo: &userinfo,
    };
    audience(own, scopes, resources)
        .map_err(|_| OAuthError::new("invalid_target", "these resources can't share a token"))
}

/// The tokens of a grant: an access token, the refresh token that comes with it, and an ID token with `openid`.
pub(crate) async fn for_grant(
    app: &App,
    context: &Context,
    client: &Client,
    grant: &Grant,
    refresh_token: Option<&RefreshToken>,
) -> Result<TokenResponse, Failure> {
    let Audience { recipients, scopes } = audience_of(app, &grant.scopes, &grant.resources)?;
    let spindle = recipients.iter().any(|recipient| recipient == "spindle");
    // Permissions in force: the person's, as far as the client was let and the session suffices.
    let permissions = grant
        .permissions
        .iter()
        .filter(|permission| spindle && scopes.has(permission))
        .cloned()
        .collect();
    let permissions = Policy::read(app.config())?.permissions(permissions, &grant.amr);
    let roles: &[String] = if spindle { &grant.roles } else { &[] };
    let request = json!({
        "sub": grant.account,
        "sid": grant.id,
        "aud": tokens::Audience::from(recipients),
        "client_id": grant.client_id,
        "scope": scopes.to_text(),
        "permissions": permissions,
        "roles": roles,
        "auth_time": grant.auth_time,
        "amr": grant.amr,
        "acr": grant.acr,
        "iat": grant.iat,
        "generation": grant.generation,
        "jti": grant.jti,
        "cnf": grant.jkt.as_ref().map(|jkt| json!({"jkt": jkt})),
    });
    let signed = sign(app, context, &request).await?;
    let id_token = if grant.scopes.has("openid") {
        Some(id_token(app, context, client, grant, &signed.access_token).await?)
    } else {
        None
    };
    Ok(TokenResponse {
        access_token: signed.access_token,
        token_type: token_type(grant.jkt.is_some()),
        expires_in: signed.expires_in,
        scope: scopes.to_text(),
        refresh_token: refresh_token.map(|token| token.as_str().to_owned()),
        id_token,
    })
}

/// The access token of a client that acts for itself.
pub(crate) async fn for_client(
    app: &App,
    context: &Context,
    client: &Client,
    scopes: &Scopes,
    resources: &[String],
    jkt: Option<&str>,
) -> Result<TokenResponse, Failure> {
    let Audience { recipients, scopes } = audience_of(app, scopes, resources)?;
    let permissions: Vec<&str> = scopes.permissions().collect();
    let request = json!({
        "sub": client.client_id,
        "aud": tokens::Audience::from(recipients),
        "client_id": client.client_id,
        "scope": scopes.to_text(),
        // An administrator who has them registered the client with them.
        "permissions": permissions,
        "roles": [],
        "amr": [],
        "iat": kit::clock::now_s(),
        "generation": client.generation,
        "jti": kit::id::new(),
        "cnf": jkt.map(|jkt| json!({"jkt": jkt})),
    });
    let signed = sign(app, context, &request).await?;
    Ok(TokenResponse {
        access_token: signed.access_token,
        token_type: token_type(jkt.is_some()),
        expires_in: signed.expires_in,
        scope: scopes.to_text(),
        refresh_token: None,
        id_token: None,
    })
}

const fn token_type(bound: bool) -> &'static str {
    if bound { "DPoP" } else { "Bearer" }
}

async fn id_token(
    app: &App,
    context: &Context,
    client: &Client,
    grant: &Grant,
    access_token: &str,
) -> Result<String, Failure> {
    let mut claims = Map::new();
    if !grant.claims.id_token.is_empty() {
        let known = token::find_user_claims(app.db(), grant.account, None)
            .await?
            .ok_or_else(|| Problem::internal("the account went away while its tokens were made"))?;
        claims.extend(
            known
                .claims
                .into_iter()
                .filter(|(name, _)| grant.claims.id_token.contains(name)),
        );
    }
    for (name, value) in [
        ("nonce", json!(grant.nonce)),
        ("auth_time", json!(grant.auth_time)),
        ("acr", json!(grant.acr)),
        ("amr", json!(grant.amr)),
        ("sid", json!(grant.session)),
        (
            "at_hash",
            json!(half_hash(client.id_token_signed_response_alg, access_token)),
        ),
    ] {
        claims.insert(name.to_owned(), value);
    }
    let request = json!({
        "alg": client.id_token_signed_response_alg,
        "iat": grant.iat,
        "sub": grant.account,
        "aud": grant.client_id,
        "claims": claims,
    });
    let signed: SignedIdToken = app
        .call(context, "signer", "/internal/sign-id-token", &request)
        .await?;
    Ok(signed.id_token)
}

/// The left half of the hash that the signature uses (OpenID Connect Core section 3.1.3.6); Ed25519 uses SHA-512.
fn half_hash(algorithm: IdTokenAlgorithm, text: &str) -> String {
    let half = |hash: &[u8]| URL_SAFE_NO_PAD.encode(hash.get(..hash.len() / 2).unwrap_or_default());
    match algorithm {
        IdTokenAlgorithm::RS256 => half(&Sha256::digest(text)),
        IdTokenAlgorithm::EdDSA => half(&Sha512::digest(text)),
    }
}
