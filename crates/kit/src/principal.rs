//! Who is calling, and the guards that are the first statement of every handler.
//!
//! Permissions in force are the account's, reduced to the credential's scopes; `tokens` has worked that out already.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use contracts::identity::tokens::{self, PrincipalKind, Refusal, Verdict};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use uuid::Uuid;

use crate::{App, Problem, clock, params, proof, trust};

/// What a credential was granted for. Every authenticated route names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the scopes")]
pub enum Scope {
    AccountManage,
    ProfileRead,
    ProfileWrite,
    PostsRead,
    PostsWrite,
    TradingRead,
    TradingTrade,
}

impl Scope {
    /// The scope as tokens carry it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountManage => "account.manage",
            Self::ProfileRead => "profile.read",
            Self::ProfileWrite => "profile.write",
            Self::PostsRead => "posts.read",
            Self::PostsWrite => "posts.write",
            Self::TradingRead => "trading.read",
            Self::TradingTrade => "trading.trade",
        }
    }
}

/// What roles give beyond one's own things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the permissions")]
pub enum Permission {
    PostsModerate,
    CommentsModerate,
    UsersRead,
    UsersManage,
    RolesManage,
    ClientsManage,
    AuditRead,
    TasksManage,
    SupportManage,
    KeysRotate,
    BotsRun,
    BotsKill,
}

impl Permission {
    /// The permission as tokens carry it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostsModerate => "posts.moderate",
            Self::CommentsModerate => "comments.moderate",
            Self::UsersRead => "users.read",
            Self::UsersManage => "users.manage",
            Self::RolesManage => "roles.manage",
            Self::ClientsManage => "clients.manage",
            Self::AuditRead => "audit.read",
            Self::TasksManage => "tasks.manage",
            Self::SupportManage => "support.manage",
            Self::KeysRotate => "keys.rotate",
            Self::BotsRun => "bots.run",
            Self::BotsKill => "bots.kill",
        }
    }

    /// How a token names a permission that waits for a second factor: not as the one that would be in force.
    #[must_use]
    pub fn withheld(name: &str) -> String {
        format!("mfa:{name}")
    }
}

/// An authenticated party. As an extractor it answers 401 to everybody else.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal(tokens::Principal);

impl Deref for Principal {
    type Target = tokens::Principal;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<tokens::Principal> for Principal {
    fn from(principal: tokens::Principal) -> Self {
        Self(principal)
    }
}

impl Principal {
    /// Guards a route by its scope.
    ///
    /// # Errors
    /// 403 naming the scope that is missing.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        let held = self
            .scopes
            .iter()
            .any(|held| held == "*" || held == scope.name());
        if held {
            return Ok(());
        }
        Err(
            Problem::forbidden(format!("The credential lacks the scope {}.", scope.name())).header(
                header::WWW_AUTHENTICATE,
                &format!(
                    "Bearer error=\"insufficient_scope\", scope=\"{}\"",
                    scope.name()
                ),
            ),
        )
    }

    /// True if the permission is in force.
    #[must_use]
    pub fn has_permission(&self, permission: Permission) -> bool {
        self.permissions
            .iter()
            .any(|held| held == permission.name())
    }

    /// Guards a route by a permission.
    ///
    /// # Errors
    /// 403 naming the permission that is missing; `second-factor-required` for one that would be in force with it.
    pub fn require_permission(&self, permission: Permission) -> Result<(), Problem> {
        if self.has_permission(permission) {
            return Ok(());
        }
        let withheld = Permission::withheld(permission.name());
        if self.permissions.contains(&withheld) {
            return Err(Problem::second_factor_required(permission.name()));
        }
        Err(Problem::forbidden(format!(
            "This needs the permission {}.",
            permission.name()
        )))
    }

    /// Guards what only the person, signed in here, may do: passwords, factors, keys, consents, deletion, export.
    ///
    /// # Errors
    /// 403 for API keys and for tokens of other clients.
    pub fn require_first_party(&self) -> Result<(), Problem> {
        if self.kind == PrincipalKind::User && self.session.is_some() && self.client == "spindle" {
            return Ok(());
        }
        Err(Problem::forbidden(
            "This needs a session of the account's owner, not an API key or another client's token.",
        ))
    }

    /// The account behind the principal.
    ///
    /// # Errors
    /// 403 for OAuth clients that act for themselves.
    pub fn user_id(&self) -> Result<Uuid, Problem> {
        if self.kind == PrincipalKind::Client {
            return Err(Problem::forbidden(
                "This needs an account; a client alone has none.",
            ));
        }
        self.subject
            .parse()
            .map_err(|_| Problem::internal("the token's subject is not an account id"))
    }

    /// The session behind the principal, for routes that need one.
    ///
    /// # Errors
    /// 403 for credentials without a session.
    pub fn session_id(&self) -> Result<Uuid, Problem> {
        self.session
            .as_deref()
            .and_then(|session| session.parse().ok())
            .ok_or_else(|| Problem::forbidden("This needs a session."))
    }
}

/// The party that calls, if it says who it is. A credential that is not good is still refused with 401.
#[derive(Clone, Debug)]
pub struct OptionalPrincipal(pub Option<Principal>);

impl OptionalPrincipal {
    /// The account behind the principal, if there is one.
    #[must_use]
    pub fn user_id(&self) -> Option<Uuid> {
        self.0
            .as_ref()
            .and_then(|principal| principal.user_id().ok())
    }
}

impl FromRequestParts<App> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        authenticate(parts, app)
            .await?
            .ok_or_else(|| Problem::unauthorized("Send a bearer token or an API key."))
    }
}

impl FromRequestParts<App> for OptionalPrincipal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        authenticate(parts, app).await.map(Self)
    }
}

/// What a layer found out about a credential already, for whoever asks about the same one.
#[derive(Clone)]
struct Authenticated {
    authorization: Option<HeaderValue>,
    verdict: Result<Option<Principal>, Problem>,
}

/// Verifies the credential, and keeps the verdict for the handler's extractor.
pub(crate) async fn authenticate_once(
    parts: &mut Parts,
    app: &App,
) -> Result<Option<Principal>, Problem> {
    let verdict = authenticate(parts, app).await;
    parts.extensions.insert(Authenticated {
        authorization: parts.headers.get(header::AUTHORIZATION).cloned(),
        verdict: verdict.clone(),
    });
    verdict
}

async fn authenticate(parts: &Parts, app: &App) -> Result<Option<Principal>, Problem> {
    if let Some(known) = parts.extensions.get::<Authenticated>()
        && known.authorization.as_ref() == parts.headers.get(header::AUTHORIZATION)
    {
        return known.verdict.clone();
    }
    let Some(authorization) = single(&parts.headers, "authorization")? else {
        return Ok(None);
    };
    trust::refresh(app).await?;
    let presented = tokens::Presented {
        authorization,
        dpop: single(&parts.headers, "dpop")?,
        method: parts.method.as_str().to_owned(),
        url: format!("{}{}", app.config().public_url, parts.uri.path()),
        now: clock::now_s(),
    };
    match app.verifier().verify(&presented) {
        Ok(Verdict::Principal(principal)) => {
            if let Some(thumbprint) = &principal.cnf {
                let proof = presented.dpop.as_deref().unwrap_or_default();
                if !proof::is_first_use(app, thumbprint, proof).await? {
                    return Err(refused(Refusal::BadProof));
                }
            }
            Ok(Some(Principal(principal)))
        }
        Ok(Verdict::Lookup(hash)) => api_key(app, &hash).await.map(Some),
        Err(refusal) => Err(refused(refusal)),
    }
}

/// A header that must not come twice: which of the two would count?
fn single(headers: &HeaderMap, name: &str) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Problem::bad_request(format!(
            "The header {name} came more than once."
        )));
    }
    value
        .to_str()
        .map(|text| Some(text.to_owned()))
        .map_err(|_| refused(Refusal::Malformed))
}

async fn api_key(app: &App, hash: &str) -> Result<Principal, Problem> {
    app.db()
        .read_json::<tokens::Principal>(include_str!("../sql/api_key_principal.sql"), params![hash])
        .await?
        .map(Principal)
        .ok_or_else(revoked)
}

/// 401 for a credential that was revoked, whether the trust snapshot has it or a statement found out.
pub(crate) fn revoked() -> Problem {
    refused(Refusal::Revoked)
}

fn refused(refusal: Refusal) -> Problem {
    let detail = match refusal {
        Refusal::Malformed => "The Authorization header holds no bearer token and no API key.",
        Refusal::BadSignature | Refusal::WrongAudience => "The token is not one of ours.",
        Refusal::Expired => "The token has expired; refresh it.",
        Refusal::NotYetValid => "The token is not valid yet; check the clock.",
        Refusal::Revoked => "The credential was revoked; sign in again.",
        Refusal::BadProof => "The token is bound to a key and the DPoP proof is missing or wrong.",
    };
    let scheme = if refusal == Refusal::BadProof {
        "DPoP"
    } else {
        "Bearer"
    };
    Problem::unauthorized(detail).header(
        header::WWW_AUTHENTICATE,
        &format!("{scheme} error=\"invalid_token\""),
    )
}
