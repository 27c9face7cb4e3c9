//! What somebody is on the way to, kept while the pages between ask for a login and for consent: found by its name, in the browser that
//! has begun with it.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use kit::{App, Context, Query};
use maud::{Markup, html};
use serde::Deserialize;

use super::authorize::{Errand, KeptRequest, over, proceed};
use crate::domain::{Hash, OpaqueToken, TokenKind};
use crate::oauth::cookies::Browser;
use crate::oauth::domain::Client;
use crate::oauth::failure::Failure;
use crate::oauth::origin;
use crate::oauth::page;
use crate::oauth::parameters::{PageForm, Parameters};
use crate::oauth::store::client;
use crate::oauth::store::request::{self, Kept};

/// Which request it is about.
#[derive(Deserialize)]
struct About {
    #[serde(default)]
    request: String,
}

/// A kept request with its name, of this browser.
pub(crate) struct Pending {
    pub(crate) name: String,
    pub(crate) hash: Hash,
    pub(crate) kept: Kept<Errand>,
}

impl Pending {
    /// The request of this name, if this browser has begun with it.
    pub(crate) async fn find(
        app: &App,
        browser: &Browser,
        name: &str,
    ) -> Result<Option<Self>, Failure> {
        let Some(hash) = OpaqueToken::parse(TokenKind::Request, name).map(|name| name.hash())
        else {
            return Ok(None);
        };
        let kept = request::find(app.db(), &hash, &browser.hash()).await?;
        Ok(kept.map(|kept| Self {
            name: name.to_owned(),
            hash,
            kept,
        }))
    }

    pub(super) fn redirect_uri(&self) -> Option<&str> {
        match &self.kept.parameters {
            Errand::Authorize(request) => Some(&request.redirect_uri),
            Errand::Device { .. } => None,
        }
    }

    pub(super) fn login_hint(&self) -> &str {
        match &self.kept.parameters {
            Errand::Authorize(request) => request.login_hint.as_deref().unwrap_or_default(),
            Errand::Device { .. } => "",
        }
    }

    pub(super) async fn client_name(&self, app: &App) -> Result<Option<String>, Failure> {
        let Some(id) = &self.kept.client_id else {
            return Ok(None);
        };
        Ok(client::find(app.db(), id)
            .await?
            .map(|client| client.client_name))
    }

    /// The client that waits, if it may still act and people may still be sent where it said: both may have changed since.
    pub(super) async fn client(&self, app: &App) -> Result<Option<Client>, Failure> {
        let (Some(id), Some(address)) = (&self.kept.client_id, self.redirect_uri()) else {
            return Ok(None);
        };
        let client = client::find(app.db(), id).await?;
        Ok(client.filter(|client| client.has_redirect_uri(address)))
    }

    /// Where a browser signs in, or signs in anew.
    pub(super) fn login(&self) -> String {
        format!("/oauth2/login?request={}", self.name)
    }

    /// Where a browser that is signed in goes on.
    pub(super) fn way_on(&self) -> String {
        format!("/oauth2/continue?request={}", self.name)
    }

    /// Goes on with what somebody was on the way to.
    pub(crate) async fn go_on(
        &self,
        app: &App,
        context: &Context,
        browser: &Browser,
        agreed: bool,
    ) -> Result<Response, Failure> {
        match &self.kept.parameters {
            Errand::Authorize(request) => {
                let Some(client) = self.client(app).await? else {
                    return Ok(over(app));
                };
                let kept = KeptRequest {
                    name: &self.name,
                    hash: &self.hash,
                    begun_at_ms: self.kept.begun_at_ms,
                };
                proceed(app, context, browser, &client, request, Some(kept), agreed).await
            }
            Errand::Device { user_code } => Ok(page::see_other(&match user_code {
                Some(code) => format!("/oauth2/device?user_code={code}"),
                None => "/oauth2/device".to_owned(),
            })),
        }
    }
}

/// A page that is asked for on the way: `?request=` names to what.
pub(crate) struct Visit {
    pub(crate) browser: Browser,
    pub(crate) pending: Pending,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Query(about) = Query::<About>::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let browser = Browser::of(app, &parts.headers).map_err(IntoResponse::into_response)?;
        match Pending::find(app, &browser, &about.request).await {
            Ok(Some(pending)) => Ok(Self { browser, pending }),
            Ok(None) => Err(over(app)),
            Err(failure) => Err(failure.into_response()),
        }
    }
}

/// A form that came from our page in this browser, with what [`hidden`] puts into it.
pub(crate) struct Submission {
    pub(crate) browser: Browser,
    pub(crate) pending: Pending,
    pub(crate) form: Parameters,
}

impl FromRequest<App> for Submission {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let headers = request.headers().clone();
        let PageForm(form) = PageForm::from_request(request, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let browser = Browser::of(app, &headers).map_err(IntoResponse::into_response)?;
        let name = form.get("request").unwrap_or_default();
        if !origin::is_ours(app, &headers) || !origin::token_fits(&browser, name, &form) {
            return Err(origin::refuse(app));
        }
        match Pending::find(app, &browser, name).await {
            Ok(Some(pending)) => Ok(Self {
                browser,
                pending,
                form,
            }),
            Ok(None) => Err(over(app)),
            Err(failure) => Err(failure.into_response()),
        }
    }
}

/// What every form of a request has: its name, and the token of this browser.
pub(super) fn hidden(browser: &Browser, about: &str) -> Markup {
    html! {
        input type="hidden" name="request" value=(about);
        input type="hidden" name="token" value=(browser.form_token(about));
    }
}
