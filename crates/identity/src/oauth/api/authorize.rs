//! `/oauth2/authorize`: where clients send people (RFC 6749 section 3.1, OpenID Connect Core section 3.1.2).

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use kit::{App, Context, id};
use serde::{Deserialize, Serialize};

use super::consent::session_of;
use crate::domain::{Hash, OpaqueToken, TokenKind};
use crate::oauth::authorization_request::{AuthorizationRequest, ReturnAddress, return_address};
use crate::oauth::cookies::Browser;
use crate::oauth::domain::{Client, Own, RedirectUri};
use crate::oauth::failure::{Failure, OAuthError};
use crate::oauth::issued_token::Hint;
use crate::oauth::method::refuse_head;
use crate::oauth::next_step::{Situation, Step, acr};
use crate::oauth::parameters::{Parameters, UncheckedForm};
use crate::oauth::store::code::{self, IssuedCode, NewCode};
use crate::oauth::store::grant::GrantDetails;
use crate::oauth::store::request::{self, Kept};
use crate::oauth::store::session::BrowserSession;
use crate::oauth::store::{client, consent};
use crate::oauth::{issue, issued_token, page};
use crate::random;

/// How `request_uri` names a kept request (RFC 9126 section 2.2).
pub(crate) const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a person may take, seconds.
const PATIENCE: i64 = 30 * 60;
/// How long a request that came by POST waits for the same browser's GET, seconds.
const HANDOVER: i64 = 60;

/// What somebody was on the way to when they had to sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub(crate) enum Errand {
    /// A client waits.
    Authorize(Box<AuthorizationRequest>),
    /// A device waits.
    Device { user_code: Option<String> },
}

impl ReturnAddress<'_> {
    /// Back to the client, with `iss` in every case (RFC 9207) and `state` as it came.
    fn send(&self, app: &App, parameters: &[(&str, &str)]) -> Response {
        let issuer = app.config().issuer();
        let mut all = parameters.to_vec();
        if let Some(state) = self.state {
            all.push(("state", state));
        }
        all.push(("iss", &issuer));
        page::see_other(&RedirectUri::with(self.redirect_uri, &all))
    }

    pub(crate) fn refuse(&self, app: &App, error: &OAuthError) -> Response {
        self.send(
            app,
            &[("error", error.code), ("error_description", &error.text())],
        )
    }
}

/// Begins an authorization.
///
/// Permissions: none; the person signs in and agrees.
#[utoipa::path(
    get,
    path = "/oauth2/authorize",
    tag = "oauth2",
    params(
        ("client_id" = String, Query),
        ("request_uri" = Option<String>, Query, description = "Of a pushed request, in place of all that follows"),
        ("redirect_uri" = Option<String>, Query), ("response_type" = Option<String>, Query, description = "`code`"),
        ("scope" = Option<String>, Query), ("code_challenge" = Option<String>, Query),
        ("code_challenge_method" = Option<String>, Query, description = "`S256`"),
        ("state" = Option<String>, Query), ("nonce" = Option<String>, Query), ("prompt" = Option<String>, Query),
        ("max_age" = Option<i64>, Query), ("login_hint" = Option<String>, Query), ("id_token_hint" = Option<String>, Query),
        ("claims" = Option<String>, Query), ("resource" = Option<String>, Query), ("dpop_jkt" = Option<String>, Query),
    ),
    responses(
        (status = 303, description = "To the login, to the question for consent, or back to the client with a code or an error"),
        (status = 400, description = "A page: the client or its address is not known", content_type = "text/html"),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    method: Method,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    refuse_head(&method, "GET, POST")?;
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    let browser = Browser::of(&app, &headers)?;
    let client = match client_of(&app, &parameters).await? {
        Ok(client) => client,
        Err(response) => return Ok(response),
    };
    let pushed = parameters.get("request_uri").map(str::to_owned);
    let mut response = match pushed {
        Some(uri) => by_reference(&app, &context, &browser, &client, &parameters, &uri).await?,
        None => {
            if client.require_pushed_authorization_requests {
                return Ok(not_pushed(&app, &client, &parameters));
            }
            match read(&app, &client, &parameters).await? {
                Ok(request) => {
                    proceed(&app, &context, &browser, &client, &request, None, false).await?
                }
                Err(response) => response,
            }
        }
    };
    browser.mark(&app, response.headers_mut());
    Ok(response)
}

/// The same by POST. A form from another site brings no cookies, so the request is kept and asked for again.
///
/// Permissions: none; the person signs in and agrees.
#[utoipa::path(
    post,
    path = "/oauth2/authorize",
    tag = "oauth2",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "To the same by GET, or back to the client with an error"),
        (status = 400, description = "A page: the client or its address is not known", content_type = "text/html"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    UncheckedForm(parameters): UncheckedForm,
) -> Result<Response, Failure> {
    let client = match client_of(&app, &parameters).await? {
        Ok(client) => client,
        Err(response) => return Ok(response),
    };
    let uri = match parameters.get("request_uri") {
        Some(uri) if !uri.starts_with(REQUEST_URI) => {
            return Ok(not_fetched(&app, &client, &parameters));
        }
        Some(uri) => uri.to_owned(),
        None if client.require_pushed_authorization_requests => {
            return Ok(not_pushed(&app, &client, &parameters));
        }
        None => match read(&app, &client, &parameters).await? {
            Ok(request) => {
                let name = random::token(TokenKind::Request)?;
                let errand = Errand::Authorize(Box::new(request));
                request::keep(
                    app.db(),
                    &name.hash(),
                    Some(&client.client_id),
                    &errand,
                    None,
                    HANDOVER,
                )
                .await?;
                format!("{REQUEST_URI}{}", name.as_str())
            }
            Err(response) => return Ok(response),
        },
    };
    let location = RedirectUri::with(
        "/oauth2/authorize",
        &[("client_id", &client.client_id), ("request_uri", &uri)],
    );
    Ok(page::see_other(&location))
}

/// The client that is named; a page if there is none.
async fn client_of(
    app: &App,
    parameters: &Parameters,
) -> Result<Result<Client, Response>, Failure> {
    let unknown = || {
        page::error(
            app,
            StatusCode::BAD_REQUEST,
            "The application that sent you here is not known (client_id).",
        )
    };
    let Some(id) = parameters.get("client_id") else {
        return Ok(Err(unknown()));
    };
    Ok(client::find(app.db(), id).await?.ok_or_else(unknown))
}

/// The request in the parameters, or the answer that says what is wrong with it.
async fn read(
    app: &App,
    client: &Client,
    parameters: &Parameters,
) -> Result<Result<AuthorizationRequest, Response>, Failure> {
    let address = match return_address(client, parameters) {
        Ok(address) => address,
        Err(text) => return Ok(Err(page::error(app, StatusCode::BAD_REQUEST, text))),
    };
    Ok(check(app, client, parameters, &address)
        .await?
        .map_err(|error| address.refuse(app, &error)))
}

/// Reads the request, and checks what takes a look at the database: resources, and whom an ID token is of.
pub(crate) async fn check(
    app: &App,
    client: &Client,
    parameters: &Parameters,
    address: &ReturnAddress<'_>,
) -> Result<Result<AuthorizationRequest, OAuthError>, Failure> {
    let mut request = match AuthorizationRequest::read(client, parameters, address) {
        Ok(request) => request,
        Err(error) => return Ok(Err(error)),
    };
    if let Err(error) = known_resources(app, &request.resources).await? {
        return Ok(Err(error));
    }
    if let Err(error) = issue::audience_of(app, &request.scopes, &request.resources) {
        return Ok(Err(error));
    }
    if let Some(hint) = parameters.get("id_token_hint") {
        match issued_token::hint(app, hint).await? {
            // Whom it names, nobody else may be: that gives nothing away, so an outdated one is good enough.
            Hint::Proven(claims) | Hint::Outdated(claims) if claims.aud == client.client_id => {
                request.expected = Some(claims.sub);
            }
            _ => {
                return Ok(Err(OAuthError::invalid_request(
                    "id_token_hint is no ID token of this client",
                )));
            }
        }
    }
    Ok(Ok(request))
}

/// `invalid_target` for resources that nobody serves (RFC 8707 section 2).
pub(crate) async fn known_resources(
    app: &App,
    resources: &[String],
) -> Result<Result<(), OAuthError>, Failure> {
    let userinfo = format!("{}/userinfo", app.config().issuer());
    let own = Own {
        api: &app.config().public_url,
        userinfo: &userinfo,
    };
    let foreign: Vec<String> = resources
        .iter()
        .filter(|resource| !own.has(resource))
        .cloned()
        .collect();
    if foreign.is_empty()
        || client::unknown_resources(app.db(), &foreign)
            .await?
            .is_empty()
    {
        return Ok(Ok(()));
    }
    Ok(Err(OAuthError::new(
        "invalid_target",
        "a resource is not known here",
    )))
}

fn not_pushed(app: &App, client: &Client, parameters: &Parameters) -> Response {
    let error = OAuthError::invalid_request("this client must push its requests (RFC 9126)");
    refuse(app, client, parameters, &error)
}

/// A request object elsewhere: nobody fetches from addresses that others choose.
fn not_fetched(app: &App, client: &Client, parameters: &Parameters) -> Response {
    let error = OAuthError::new(
        "request_uri_not_supported",
        "request_uri must be one that was pushed here",
    );
    refuse(app, client, parameters, &error)
}

/// To the client if its address is good, else to the person.
fn refuse(app: &App, client: &Client, parameters: &Parameters, error: &OAuthError) -> Response {
    match return_address(client, parameters) {
        Ok(address) => address.refuse(app, error),
        Err(text) => page::error(app, StatusCode::BAD_REQUEST, text),
    }
}

/// A pushed request, for the browser that comes with it first.
async fn by_reference(
    app: &App,
    context: &Context,
    browser: &Browser,
    client: &Client,
    parameters: &Parameters,
    uri: &str,
) -> Result<Response, Failure> {
    let Some(text) = uri.strip_prefix(REQUEST_URI) else {
        return Ok(not_fetched(app, client, parameters));
    };
    let name = OpaqueToken::parse(TokenKind::Request, text).map(|name| name.hash());
    let kept = match &name {
        Some(name) => request::begin::<Errand>(app.db(), name, &browser.hash()).await?,
        None => None,
    };
    match (name, kept) {
        (
            Some(name),
            Some(Kept {
                client_id: Some(id),
                parameters: Errand::Authorize(request),
                begun_at_ms,
            }),
        ) if id == client.client_id && client.has_redirect_uri(&request.redirect_uri) => {
            let kept = KeptRequest {
                name: text,
                hash: &name,
                begun_at_ms,
            };
            proceed(app, context, browser, client, &request, Some(kept), false).await
        }
        _ => Ok(over(app)),
    }
}

pub(crate) fn over(app: &App) -> Response {
    page::error(
        app,
        StatusCode::BAD_REQUEST,
        "This request is over, or was begun in another browser.",
    )
}

/// A request that is kept already.
#[derive(Clone, Copy)]
pub(crate) struct KeptRequest<'a> {
    pub(crate) name: &'a str,
    pub(crate) hash: &'a Hash,
    pub(crate) begun_at_ms: i64,
}

/// Does what is next: asks the person, or answers the client.
pub(crate) async fn proceed(
    app: &App,
    context: &Context,
    browser: &Browser,
    client: &Client,
    request: &AuthorizationRequest,
    kept: Option<KeptRequest<'_>>,
    agreed: bool,
) -> Result<Response, Failure> {
    let session = session_of(app, browser).await?;
    let consented = match &session {
        Some(session) => consent::find_scopes(app.db(), session.account, &client.client_id).await?,
        None => None,
    };
    let step = request.next_step(
        client,
        &Situation {
            session: session.as_ref(),
            begun_at_ms: kept.map(|kept| kept.begun_at_ms),
            consented: consented.as_ref(),
            agreed,
            now_ms: app.now_ms(),
        },
    );
    let answer = request.return_address();
    let silent = request.prompt.none;
    match (step, session) {
        (Step::Login, _) if silent => Ok(answer.refuse(
            app,
            &OAuthError::new("login_required", "nobody suitable is signed in"),
        )),
        (Step::Consent, _) if silent => Ok(answer.refuse(
            app,
            &OAuthError::new("consent_required", "the person has not agreed to this"),
        )),
        // OpenID Connect Core section 3.1.2.1, of `id_token_hint`.
        (Step::Another, _) => Ok(answer.refuse(
            app,
            &OAuthError::new("login_required", "another person has signed in"),
        )),
        (Step::Unmet, _) => Ok(answer.refuse(
            app,
            &OAuthError::new(
                "unmet_authentication_requirements",
                "the person has no way to sign in that is of this class",
            ),
        )),
        (Step::Code, Some(session)) => {
            grant(
                app, context, client, request, &session, kept, agreed, &answer,
            )
            .await
        }
        (Step::Login | Step::Code, _) => ask(app, browser, client, request, kept, "login").await,
        (Step::Consent, _) => ask(app, browser, client, request, kept, "consent").await,
    }
}

/// Leads to a page, with the request kept.
async fn ask(
    app: &App,
    browser: &Browser,
    client: &Client,
    request: &AuthorizationRequest,
    kept: Option<KeptRequest<'_>>,
    page: &str,
) -> Result<Response, Failure> {
    let name = match kept {
        Some(kept) => kept.name.to_owned(),
        None => {
            let name = random::token(TokenKind::Request)?;
            let errand = Errand::Authorize(Box::new(request.clone()));
            let browser = browser.hash();
            request::keep(
                app.db(),
                &name.hash(),
                Some(&client.client_id),
                &errand,
                Some(&browser),
                PATIENCE,
            )
            .await?;
            name.as_str().to_owned()
        }
    };
    Ok(page::see_other(&format!("/oauth2/{page}?request={name}")))
}

#[expect(clippy::too_many_arguments, reason = "all of it decides")]
async fn grant(
    app: &App,
    context: &Context,
    client: &Client,
    request: &AuthorizationRequest,
    session: &BrowserSession,
    kept: Option<KeptRequest<'_>>,
    agreed: bool,
    answer: &ReturnAddress<'_>,
) -> Result<Response, Failure> {
    let secret = random::token(TokenKind::Code)?;
    let details = GrantDetails {
        consent: request.consent(),
        scopes: request.scopes.clone(),
        resources: request.resources.clone(),
        claims: request.claims.clone(),
        nonce: request.nonce.clone(),
        acr: acr(&session.amr).to_owned(),
        jkt: request.jkt.clone(),
        redirect_uri: request.redirect_uri.clone(),
        challenge: request
            .challenge
            .as_ref()
            .map(|challenge| challenge.as_str().to_owned()),
    };
    let new = NewCode {
        request: kept.map(|kept| kept.hash),
        session: session.session,
        client: &client.client_id,
        code: secret.hash(),
        grant: id::new(),
        details: &details,
        consenting: agreed,
    };
    match code::issue(app.db(), context, new).await? {
        IssuedCode::Issued => Ok(answer.send(app, &[("code", secret.as_str())])),
        // Taken back, or signed out, since we looked: the person may try again.
        IssuedCode::ConsentRequired => Ok(answer.refuse(
            app,
            &OAuthError::new("consent_required", "the person has taken the consent back"),
        )),
        IssuedCode::Over => Ok(over(app)),
        IssuedCode::Refused => Ok(answer.refuse(
            app,
            &OAuthError::new("login_required", "the person has signed out"),
        )),
    }
}
