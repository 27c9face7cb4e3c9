//! What every way of signing in leads to: tokens, or a second factor that is owed first.

use http::StatusCode;
use kit::{App, Context, Problem, id};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api::token::{self, Tokens};
use crate::domain::{ClientNetwork, OpaqueToken, RefreshToken, TokenKind};
use crate::random;
use crate::store::session::SessionGrant;

/// A session that may be opened: its ids and secrets are chosen before the statement that opens it.
pub(crate) struct Offer {
    pub(crate) session: Uuid,
    pub(crate) refresh_token: RefreshToken,
    pub(crate) jti: Uuid,
    /// For the case that a second factor is owed.
    pub(crate) challenge: OpaqueToken,
    pub(crate) network: ClientNetwork,
}

impl Offer {
    /// An offer to whoever makes this request.
    pub(crate) fn to(context: &Context) -> Result<Self, Problem> {
        Ok(Self {
            session: id::new(),
            refresh_token: random::refresh_token()?,
            jti: id::new(),
            challenge: random::token(TokenKind::SecondFactor)?,
            network: ClientNetwork::of(context.address.as_deref()),
        })
    }
}

/// What came of a first or second factor.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Signed in.
    Opened {
        grant: SessionGrant,
        /// No password has survived the proof of the mailbox: choose one.
        #[serde(default)]
        password_required: bool,
    },
    /// The second factor is owed.
    MfaRequired { methods: Vec<String> },
    /// The address must be proved first.
    Unverified,
    /// Wrong, or gone, or disabled.
    Refused,
    /// The challenge is over.
    Unknown,
}

/// The answer of whatever may sign somebody in.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum SignedIn {
    /// Signed in.
    Tokens(Tokens),
    /// The second factor is owed.
    SecondFactorOwed(SecondFactorOwed),
}

/// What a login without its second factor leads to.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SecondFactorOwed {
    /// Always true.
    mfa_required: bool,
    /// For `POST /login/mfa` or a passkey, within five minutes.
    mfa_token: String,
    /// `totp`, `passkey`, `recovery_code`.
    methods: Vec<String>,
}

impl SignedIn {
    /// The answer to an outcome; none where nobody was signed in, which each way of signing in says in its own words.
    pub(crate) async fn from_outcome(
        app: &App,
        context: &Context,
        outcome: Outcome,
        offer: &Offer,
    ) -> Result<Result<Self, NotSignedIn>, Problem> {
        Ok(match outcome {
            Outcome::Opened {
                grant,
                password_required,
            } => {
                let tokens = token::issue(app, context, grant, &offer.refresh_token).await?;
                Ok(Self::Tokens(tokens.asking_for_password(password_required)))
            }
            Outcome::MfaRequired { methods } => Ok(Self::SecondFactorOwed(SecondFactorOwed {
                mfa_required: true,
                mfa_token: offer.challenge.as_str().to_owned(),
                methods,
            })),
            Outcome::Unverified => Err(NotSignedIn::Unverified),
            Outcome::Refused => Err(NotSignedIn::Refused),
            Outcome::Unknown => Err(NotSignedIn::Over),
        })
    }
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotSignedIn {
    Unverified,
    Refused,
    /// The login that owed its second factor.
    Over,
}

/// 429: too many wrong passwords or codes. The same for names that nobody has.
pub(crate) fn throttled(retry_after: i64) -> Problem {
    Problem::from_status(StatusCode::TOO_MANY_REQUESTS)
        .detail("Too many wrong attempts; wait, or reset the password.")
        .header(http::header::RETRY_AFTER, &retry_after.max(1).to_string())
}

/// 401: a code or token that proves nothing. The same for unknown, wrong, expired and used up.
pub(crate) fn proves_nothing(kind: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, kind, "The proof is not good")
        .detail(detail)
        .header(http::header::WWW_AUTHENTICATE, "Bearer")
}
