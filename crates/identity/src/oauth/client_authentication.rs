//! Which client is asking, and its proof (RFC 6749 section 2.3, RFC 7523 section 2.2).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};
use kit::{App, clock};
use serde::Deserialize;
use tokens::{Audience, Compact};

use super::domain::{AuthMethod, Client, ClientKey};
use super::failure::{Failure, OAuthError};
use super::parameters::Parameters;
use super::store::client;
use super::store::used_once::{self, Use};
use crate::domain::{Hash, OpaqueToken, TokenKind};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far a client's clock may be ahead, seconds (FAPI 2.0 section 5.3.2.1).
const AHEAD: i64 = 10;
/// How long an assertion may be good for at most, seconds: as long as common clients make theirs.
const ASSERTION_LIFETIME: i64 = 3_600;

/// What was shown.
enum Shown<'a> {
    Secret { client: String, secret: String },
    Assertion { client: String, assertion: &'a str },
    Nothing { client: &'a str },
}

/// The client that sent this request. Public clients say no more than their name.
pub(crate) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    parameters: &Parameters,
    path: &str,
) -> Result<Client, Failure> {
    let by_header = headers.contains_key(header::AUTHORIZATION);
    let refused = || refuse(by_header);
    let shown = read(headers, parameters, by_header)?;
    let id = match &shown {
        Shown::Secret { client, .. } | Shown::Assertion { client, .. } => client.as_str(),
        Shown::Nothing { client } => client,
    };
    if parameters.get("client_id").is_some_and(|named| named != id) {
        return Err(OAuthError::invalid_request(
            "client_id is another than the one that authenticates",
        )
        .into());
    }
    let known = client::find(app.db(), id).await?;
    let client = known.ok_or_else(refused)?;
    let proven = match (client.token_endpoint_auth_method, &shown) {
        // The same secret either way: both are taken, whichever was registered.
        (
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost,
            Shown::Secret { secret, .. },
        ) => OpaqueToken::parse(TokenKind::ClientSecret, secret)
            .is_some_and(|secret| client.secrets.contains(&secret.hash().hex())),
        (AuthMethod::PrivateKeyJwt, Shown::Assertion { assertion, .. }) => {
            proves(app, &client, assertion, path).await?
        }
        (AuthMethod::None, Shown::Nothing { .. }) => true,
        _ => false,
    };
    if proven { Ok(client) } else { Err(refused()) }
}

fn refuse(by_header: bool) -> Failure {
    let error = OAuthError::new(
        "invalid_client",
        "the client is unknown or has not proved who it is",
    )
    .status(StatusCode::UNAUTHORIZED);
    if by_header {
        error
            .header(
                header::WWW_AUTHENTICATE,
                "Basic realm=\"oauth2\", charset=\"UTF-8\"",
            )
            .into()
    } else {
        error.into()
    }
}

fn read<'a>(
    headers: &HeaderMap,
    parameters: &'a Parameters,
    by_header: bool,
) -> Result<Shown<'a>, Failure> {
    let secret = parameters.get("client_secret");
    let assertion = parameters.get("client_assertion");
    if usize::from(by_header) + usize::from(secret.is_some()) + usize::from(assertion.is_some()) > 1
    {
        return Err(
            OAuthError::invalid_request("the client authenticates in more than one way").into(),
        );
    }
    if by_header {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (first, second) = (values.next(), values.next());
        let (client, secret) = first
            .filter(|_| second.is_none())
            .and_then(|value| basic(value.to_str().ok()?))
            .ok_or_else(|| refuse(true))?;
        return Ok(Shown::Secret { client, secret });
    }
    if let Some(assertion) = assertion {
        if parameters.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(
                OAuthError::invalid_request("client_assertion_type is not supported").into(),
            );
        }
        let claims: Option<Subject> = Compact::parse(assertion).and_then(|token| token.payload());
        let client = claims.ok_or_else(|| refuse(false))?.sub;
        return Ok(Shown::Assertion { client, assertion });
    }
    let client = parameters.get("client_id").ok_or_else(|| refuse(false))?;
    Ok(match secret {
        Some(secret) => Shown::Secret {
            client: client.to_owned(),
            secret: secret.to_owned(),
        },
        None => Shown::Nothing { client },
    })
}

/// Name and password, each form-encoded before they were joined (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client, secret) = text.split_once(':')?;
    let decode = |text: &str| {
        // As the value of a form: `+` is a space, `%3A` a colon.
        form_urlencoded::parse(format!("v={}", text.replace('&', "%26")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    Some((decode(client)?, decode(secret)?))
}

#[derive(Deserialize)]
struct Subject {
    sub: String,
}

#[derive(Deserialize)]
struct AssertionHeader {
    alg: String,
    kid: Option<String>,
    crit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Assertion {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
    jti: String,
}

/// Whether the assertion is the client's, for us, now, and for the first time.
async fn proves(app: &App, client: &Client, assertion: &str, path: &str) -> Result<bool, Failure> {
    let Some((header, claims, token)) = Compact::parse(assertion).and_then(|token| {
        let header: AssertionHeader = token.header()?;
        let claims: Assertion = token.payload()?;
        Some((header, claims, token))
    }) else {
        return Ok(false);
    };
    let issuer = app.config().issuer();
    let ours = [
        issuer.clone(),
        format!("{issuer}/token"),
        format!("{}{path}", app.config().public_url),
    ];
    let audience = ours.iter().any(|name| claims.aud.names(name));
    let now = clock::now_s();
    let not_before = claims
        .nbf
        .or(claims.iat)
        .unwrap_or(now)
        .max(claims.iat.unwrap_or(now));
    let timely = claims.exp > now
        && claims.exp <= now + ASSERTION_LIFETIME + AHEAD
        && not_before <= now + AHEAD;
    if claims.iss != client.client_id
        || claims.sub != client.client_id
        || !audience
        || !timely
        || header.crit.is_some()
        || claims.jti.is_empty()
        || claims.jti.len() > 256
    {
        return Ok(false);
    }
    let keys = client
        .jwks
        .as_ref()
        .map(|jwks| ClientKey::of_set(jwks, header.kid.as_deref()))
        .unwrap_or_default();
    if !keys.iter().any(|key| key.signed(&header.alg, &token)) {
        return Ok(false);
    }
    let once = Hash::of(&["assertion", &client.client_id, &claims.jti]);
    let used = used_once::use_once(app.db(), &once, ASSERTION_LIFETIME + 2 * AHEAD).await?;
    Ok(used == Use::First)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_secrets_are_form_encoded_before_they_are_joined() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (text, client, secret) in [
            ("a:b", "a", "b"),
            ("a%3Ab:c%25d%2Be+f", "a:b", "c%d+e f"),
            ("a:b:c", "a", "b:c"),
            ("a:x&y=z", "a", "x&y=z"),
            (":", "", ""),
        ] {
            assert_eq!(
                basic(&header(text)),
                Some((client.into(), secret.into())),
                "{text}"
            );
        }
        for bad in ["Basic", "Basic !", "Bearer YTpi", "Basic YQ=="] {
            assert_eq!(basic(bad), None, "{bad}");
        }
    }
}
