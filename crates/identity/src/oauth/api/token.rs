//! `POST /oauth2/token` (RFC 6749 section 3.2).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use kit::{App, Context, id};

use super::authorize::known_resources;
use crate::api::refresh::successor;
use crate::domain::{Hash, OpaqueToken, RefreshToken, TokenKind};
use crate::oauth::client_authentication::authenticate;
use crate::oauth::domain::{Client, GrantType, Scopes, Verifier};
use crate::oauth::dpop::{self, Possession};
use crate::oauth::failure::{ErrorDocument, Failure, OAuthError};
use crate::oauth::issue::{self, TokenResponse};
use crate::oauth::parameters::{Form, Parameters};
use crate::oauth::store::code::{self, PresentedCode, RedeemedCode};
use crate::oauth::store::device::{self, PolledDevice};
use crate::oauth::store::grant::{self, Presented, Rotation};

const PATH: &str = "/oauth2/token";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Who asks for tokens, with what.
struct Request<'a> {
    app: &'a App,
    context: &'a Context,
    client: &'a Client,
    form: &'a Parameters,
    jkt: Option<&'a str>,
}

/// Gives tokens for an authorization code, a refresh token, a device code, or to the client itself.
///
/// Permissions: none; the client authenticates.
#[utoipa::path(
    post,
    path = "/oauth2/token",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Tokens", body = TokenResponse),
        (status = 400, description = "RFC 6749 section 5.2", body = ErrorDocument),
        (status = 401, description = "The client has not proved who it is", body = ErrorDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Failure> {
    let client = authenticate(&app, &headers, &form, PATH).await?;
    let grant_type = form.require("grant_type")?;
    let wanted = match grant_type {
        "authorization_code" => GrantType::AuthorizationCode,
        "refresh_token" => GrantType::RefreshToken,
        "client_credentials" => GrantType::ClientCredentials,
        DEVICE_CODE => GrantType::DeviceCode,
        _ => {
            return Err(OAuthError::new(
                "unsupported_grant_type",
                "this grant_type is not supported",
            )
            .into());
        }
    };
    if !client.may(wanted) {
        return Err(OAuthError::new(
            "unauthorized_client",
            "the client is not registered for this grant_type",
        )
        .into());
    }
    let possession = dpop::possession(&app, &headers, PATH).await?;
    if client.dpop_bound_access_tokens && possession.is_none() {
        return Err(
            OAuthError::new("invalid_dpop_proof", "this client must send a DPoP proof").into(),
        );
    }
    let context = context.for_actor(client.client_id.as_str());
    let request = Request {
        app: &app,
        context: &context,
        client: &client,
        form: &form,
        jkt: possession
            .as_ref()
            .map(|possession| possession.jkt.as_str()),
    };
    let tokens = match wanted {
        GrantType::AuthorizationCode => by_code(&request).await?,
        GrantType::RefreshToken => by_refresh_token(&request).await?,
        GrantType::ClientCredentials => by_client(&request).await?,
        GrantType::DeviceCode => by_device_code(&request).await?,
    };
    Ok(answer(tokens, possession.as_ref()))
}

fn answer(tokens: TokenResponse, possession: Option<&Possession>) -> Response {
    let mut response = axum::Json(tokens).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if let Some(possession) = possession {
        possession.mark(headers);
    }
    response
}

/// The first refresh token of a grant, if the client has a use for one.
fn first_refresh_token(client: &Client) -> Result<Option<RefreshToken>, Failure> {
    if !client.may(GrantType::RefreshToken) {
        return Ok(None);
    }
    Ok(Some(crate::random::refresh_token()?))
}

/// Resources that narrow the access token (RFC 8707 section 2.2); none asks for all that was granted.
async fn resources(request: &Request<'_>) -> Result<Option<Vec<String>>, Failure> {
    let named = &request.form.resources;
    if named.is_empty() {
        return Ok(None);
    }
    known_resources(request.app, named).await??;
    Ok(Some(named.clone()))
}

async fn by_code(request: &Request<'_>) -> Result<TokenResponse, Failure> {
    let form = request.form;
    let not_good = || OAuthError::invalid_grant("the code is unknown, expired, used, or another's");
    let secret = OpaqueToken::parse(TokenKind::Code, form.require("code")?).ok_or_else(not_good)?;
    // A verifier that can't be one answers no challenge; the code is used up like with any wrong one.
    let challenge = form.get("code_verifier").map(|text| {
        Verifier::parse(text).map_or_else(String::new, |verifier| {
            verifier.challenge().as_str().to_owned()
        })
    });
    let refresh = first_refresh_token(request.client)?;
    let presented = PresentedCode {
        code: secret.hash(),
        client: &request.client.client_id,
        redirect_uri: form.get("redirect_uri"),
        challenge,
        jkt: request.jkt,
        resources: resources(request).await?,
        refresh: refresh.as_ref().map(RefreshToken::hash),
        jti: id::new(),
    };
    match code::redeem(request.app.db(), request.context, presented).await? {
        RedeemedCode::Redeemed { grant } => {
            issue::for_grant(
                request.app,
                request.context,
                request.client,
                &grant,
                refresh.as_ref(),
            )
            .await
        }
        RedeemedCode::Replayed => Err(OAuthError::invalid_grant(
            "the code was used before; the tokens that came of it are revoked",
        )
        .into()),
        RedeemedCode::Refused { reason } => Err(match reason.as_str() {
            "redirect_uri" => {
                OAuthError::invalid_grant("redirect_uri is another than the code was asked with")
            }
            "verifier" => {
                OAuthError::invalid_grant("code_verifier does not answer the code_challenge")
            }
            "key" => OAuthError::new("invalid_dpop_proof", "the code is bound to another key"),
            "resource" => OAuthError::new(
                "invalid_target",
                "the resource was not part of the authorization",
            ),
            _ => not_good(),
        }
        .into()),
    }
}

async fn by_refresh_token(request: &Request<'_>) -> Result<TokenResponse, Failure> {
    let form = request.form;
    let not_good = || {
        OAuthError::invalid_grant("the refresh token is unknown, expired, revoked, or another's")
    };
    let presented = RefreshToken::parse(form.require("refresh_token")?).ok_or_else(not_good)?;
    let scopes = form
        .get("scope")
        .map(|text| match Scopes::unknown(text) {
            None => Ok(Scopes::parse(text)),
            Some(_) => Err(OAuthError::new(
                "invalid_scope",
                "scope names what was not granted",
            )),
        })
        .transpose()?;
    let next = successor(request.app, request.context, &presented).await?;
    let rotation = grant::rotate(
        request.app.db(),
        request.context,
        Presented {
            token: presented.hash(),
            successor: next.hash(),
            client: &request.client.client_id,
            jkt: request.jkt,
            bound: request.client.is_public(),
            scopes,
            resources: resources(request).await?,
            jti: id::new(),
        },
    )
    .await?;
    match rotation {
        Rotation::Rotated { mut grant, successor } if successor == next.hash().hex() => {
            // It answers the authorization request alone (OpenID Connect Core section 12.2).
            grant.nonce = None;
            issue::for_grant(request.app, request.context, request.client, &grant, Some(&next)).await
        }
        Rotation::Scope => Err(OAuthError::new("invalid_scope", "scope names what was not granted").into()),
        Rotation::Resource => {
            Err(OAuthError::new("invalid_target", "the resource was not part of the authorization").into())
        }
        Rotation::Reused => Err(OAuthError::invalid_grant(
            "the refresh token was used before, so somebody may have stolen it: the grant is revoked",
        )
        .into()),
        // The master key changed between two answers: the first one's successor can't be given again.
        Rotation::Rotated { .. } | Rotation::Mismatch | Rotation::Ended | Rotation::Unknown => {
            Err(not_good().into())
        }
    }
}

async fn by_client(request: &Request<'_>) -> Result<TokenResponse, Failure> {
    let ceiling = request
        .client
        .scope
        .filter(|scope| !["openid", "profile", "email", "offline_access"].contains(&scope));
    let scopes = match request.form.get("scope") {
        None => ceiling,
        Some(text) => {
            let asked = Scopes::parse(text);
            if asked.is_empty() || Scopes::unknown(text).is_some() || !asked.is_within(&ceiling) {
                return Err(OAuthError::new(
                    "invalid_scope",
                    "the client is not registered for this scope",
                )
                .into());
            }
            asked
        }
    };
    let resources = resources(request).await?.unwrap_or_default();
    issue::for_client(
        request.app,
        request.context,
        request.client,
        &scopes,
        &resources,
        request.jkt,
    )
    .await
}

async fn by_device_code(request: &Request<'_>) -> Result<TokenResponse, Failure> {
    let not_good = || OAuthError::invalid_grant("the device code is unknown, used, or another's");
    let secret = OpaqueToken::parse(TokenKind::Device, request.form.require("device_code")?)
        .ok_or_else(not_good)?;
    let refresh = first_refresh_token(request.client)?;
    let hash: Hash = secret.hash();
    let polled = device::poll(
        request.app.db(),
        request.context,
        &hash,
        &request.client.client_id,
        request.jkt,
        refresh.as_ref().map(RefreshToken::hash).as_ref(),
        id::new(),
    )
    .await?;
    let error = match polled {
        PolledDevice::Redeemed { grant } => {
            return issue::for_grant(
                request.app,
                request.context,
                request.client,
                &grant,
                refresh.as_ref(),
            )
            .await;
        }
        PolledDevice::AuthorizationPending => {
            OAuthError::new("authorization_pending", "nobody has decided yet; ask again")
        }
        PolledDevice::SlowDown => {
            OAuthError::new("slow_down", "wait five seconds longer between two polls")
        }
        PolledDevice::AccessDenied => OAuthError::new("access_denied", "the person did not agree"),
        PolledDevice::ExpiredToken => {
            OAuthError::new("expired_token", "the device code is over; ask for another")
        }
        PolledDevice::Refused => not_good(),
    };
    Err(error.into())
}
