//! Accounts: `auth` has them. This service neither signs nor hashes; what it is sent, it passes on, with the caller's own credential.

use http::{HeaderValue, StatusCode};
use kit::{App, Context, Problem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody who is signed in.
#[derive(Deserialize)]
pub(crate) struct SignedIn {
    pub(crate) account: Uuid,
    pub(crate) email: String,
    pub(crate) username: String,
    /// An access token.
    pub(crate) token: String,
}

/// Who calls us, which is whom `auth` counts.
#[derive(Serialize)]
struct Client<'a> {
    address: Option<&'a str>,
    agent: Option<&'a str>,
}

impl<'a> Client<'a> {
    fn of(context: &'a Context) -> Self {
        Self {
            address: context.address.as_deref(),
            agent: context.agent.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Asked<'a, T> {
    #[serde(flatten)]
    what: T,
    client: Client<'a>,
}

/// Registers an account and signs it in.
pub(crate) async fn register(
    app: &App,
    context: &Context,
    username: &str,
    email: &str,
    password: &str,
) -> Result<SignedIn, Problem> {
    #[derive(Serialize)]
    struct Registration<'a> {
        username: &'a str,
        email: &'a str,
        password: &'a str,
    }
    let what = Registration {
        username,
        email,
        password,
    };
    ask(app, context, None, "register", what).await
}

/// Signs in.
pub(crate) async fn log_in(
    app: &App,
    context: &Context,
    email: &str,
    password: &str,
) -> Result<SignedIn, Problem> {
    #[derive(Serialize)]
    struct Login<'a> {
        email: &'a str,
        password: &'a str,
    }
    ask(app, context, None, "login", Login { email, password }).await
}

/// The next token of the session that a token was given to, which may have expired by now. None where that session is over, or never was.
pub(crate) async fn renew(
    app: &App,
    context: &Context,
    token: &str,
) -> Result<Option<String>, Problem> {
    #[derive(Serialize)]
    struct Renewal<'a> {
        token: &'a str,
    }
    match ask(app, context, None, "session", Renewal { token }).await {
        Ok(signed_in) => Ok(Some(signed_in.token)),
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// The account behind a credential, with its next token.
pub(crate) async fn find(
    app: &App,
    context: &Context,
    credential: Option<&HeaderValue>,
) -> Result<SignedIn, Problem> {
    #[derive(Serialize)]
    struct Nothing {}
    ask(app, context, credential, "user", Nothing {}).await
}

/// What is to be another than it is.
#[derive(Serialize)]
pub(crate) struct Changes {
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) password: Option<String>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.username.is_none() && self.email.is_none() && self.password.is_none()
    }
}

/// Changes the account behind a credential.
pub(crate) async fn update(
    app: &App,
    context: &Context,
    credential: Option<&HeaderValue>,
    changes: Changes,
) -> Result<SignedIn, Problem> {
    ask(app, context, credential, "account", changes).await
}

async fn ask<T: Serialize + Sync>(
    app: &App,
    context: &Context,
    credential: Option<&HeaderValue>,
    path: &str,
    what: T,
) -> Result<SignedIn, Problem> {
    let asked = Asked {
        what,
        client: Client::of(context),
    };
    let path = format!("/internal/conduit/{path}");
    app.pass_on(context, credential, "auth", &path, &asked)
        .await
}
