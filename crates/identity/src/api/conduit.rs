//! Accounts as the RealWorld API has them, for the component `conduit` alone: under `/internal`, and 404 unless the variable `conduit`
//! is `on`. Its suite wants passwords that are guessed first to be taken, duplicates to be told, and a session to change address and
//! password at once, its front-ends want one token for a whole session; nothing else here is that trusting.

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::routing::post;
use http::request::Parts;
use kit::{App, Context, FieldError, Json, Principal, Problem, Scope, id};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::registration::parse;
use super::token::{self, SignedToken};
use super::{login, otp};
use crate::confirmation;
use crate::domain::{
    ClientNetwork, CodePurpose, Email, LoginName, NewPassword, PasswordError, PasswordHash,
    PasswordInput, Username,
};
use crate::oauth::first_party_session;
use crate::policy::Policy;
use crate::random;
use crate::sign_in::{self, Offer};
use crate::store::account::{self, NewAccount, User};
use crate::store::conduit::{self as store, BegunRegistration, Change, Outcome, Taken};
use crate::store::hash_slot::{self, HashSlot, Place};
use crate::store::session::SessionGrant;

/// Routes under `/internal`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/conduit/register", post(register))
        .route("/conduit/login", post(log_in))
        .route("/conduit/session", post(renew))
        .route("/conduit/user", post(show))
        .route("/conduit/account", post(update))
}

/// The operator's decisions, where the RealWorld API is one of them.
struct Relaxed(Policy);

impl FromRequestParts<App> for Relaxed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let policy = Policy::from_request_parts(parts, app).await?;
        if policy.conduit {
            Ok(Self(policy))
        } else {
            Err(Problem::not_found("resource"))
        }
    }
}

/// Who asked our component, which is who counts here.
#[derive(Deserialize)]
struct Client {
    address: Option<String>,
    agent: Option<String>,
}

impl Client {
    fn context(self, context: Context) -> Context {
        Context {
            address: self.address,
            agent: self.agent,
            ..context
        }
    }
}

/// Somebody who is signed in.
#[derive(Serialize)]
struct SignedIn {
    account: Uuid,
    email: String,
    username: String,
    /// An access token.
    token: String,
}

#[derive(Deserialize, garde::Validate)]
struct RegistrationRequest {
    #[garde(skip)]
    username: String,
    #[garde(skip)]
    email: String,
    #[garde(skip)]
    password: PasswordInput,
    #[garde(skip)]
    client: Client,
}

async fn register(
    State(app): State<App>,
    Relaxed(policy): Relaxed,
    context: Context,
    Json(request): Json<RegistrationRequest>,
) -> Result<Json<SignedIn>, Problem> {
    let context = request.client.context(context);
    let email = parse::<Email>("email", &request.email);
    let username = parse::<Username>("username", &request.username);
    let password = choose(&request.password, policy);
    let (email, username, password) = match (email, username, password) {
        (Ok(email), Ok(username), Ok(password)) => (email, username, password),
        (email, username, password) => {
            let errors = [username.err(), email.err(), password.err()];
            return Err(Problem::validation(errors.into_iter().flatten()));
        }
    };
    let hash_slot = reserve(&app, &email, &username, policy).await?;
    let password_hash = PasswordHash::make(&password).map_err(Problem::internal)?;
    let code = random::one_time_code()?;
    let code_hash = otp::hashed(&app, &code, CodePurpose::Verify, &email)?;
    let offer = Offer::to(&context)?;
    let account = NewAccount {
        id: id::new(),
        email,
        username,
        password_hash,
        code,
        code_hash,
    };
    let outcome = store::register(app.db(), &context, &account, &offer, hash_slot).await?;
    answer(&app, &context, outcome).await
}

async fn reserve(
    app: &App,
    email: &Email,
    username: &Username,
    policy: Policy,
) -> Result<HashSlot, Problem> {
    let holder = id::new();
    let slots = policy.hash_slots;
    hash_slot::wait_for(slots, || async {
        match store::begin_registration(app.db(), email, username, slots, holder).await? {
            BegunRegistration::Leased { slot } => Ok(Place::Leased(HashSlot { holder, slot })),
            BegunRegistration::Waiting(queued) => Ok(Place::Queued(queued)),
            BegunRegistration::Taken(which) => Err(taken(which)),
        }
    })
    .await
}

#[derive(Deserialize, garde::Validate)]
struct LoginRequest {
    #[garde(skip)]
    email: String,
    #[garde(skip)]
    password: PasswordInput,
    #[garde(skip)]
    client: Client,
}

async fn log_in(
    State(app): State<App>,
    Relaxed(policy): Relaxed,
    context: Context,
    Json(request): Json<LoginRequest>,
) -> Result<Json<SignedIn>, Problem> {
    let context = request.client.context(context);
    let offer = Offer::to(&context)?;
    let name = request
        .email
        .parse()
        .map_or(LoginName::Nobody, LoginName::Email);
    match login::by_password(&app, &context, policy, &name, &request.password, &offer).await? {
        sign_in::Outcome::Opened { grant, .. } => {
            let me = account::find_me(app.db(), grant.sub)
                .await?
                .ok_or_else(login::refused)?;
            signed_in(&app, &context, me.user, grant).await
        }
        sign_in::Outcome::MfaRequired { .. } => Err(second_factor()),
        sign_in::Outcome::Unverified => Err(login::unverified()),
        sign_in::Outcome::Refused | sign_in::Outcome::Unknown => Err(login::refused()),
    }
}

/// What a client of this interface goes on with: it knows no refresh token.
#[derive(Deserialize, garde::Validate)]
struct RenewalRequest {
    #[garde(skip)]
    token: String,
}

/// The account of the session that a token was given to, with its next access token. That the token has expired is no reason to refuse
/// it here: whether the session goes on is the session's to say, at this moment.
async fn renew(
    State(app): State<App>,
    Relaxed(_): Relaxed,
    context: Context,
    Json(request): Json<RenewalRequest>,
) -> Result<Json<SignedIn>, Problem> {
    let (account, session) = first_party_session(&app, &request.token)
        .await?
        .ok_or_else(confirmation::ended)?;
    match store::find_user(app.db(), account, session, id::new()).await? {
        // What a second factor or a passkey opened is none of this interface's, and its tokens are to expire.
        Outcome::SignedIn { grant, .. } if grant.amr != ["pwd"] => Err(confirmation::ended()),
        outcome => answer(&app, &context, outcome).await,
    }
}

/// The account of the session that asks, with its next access token.
async fn show(
    State(app): State<App>,
    Relaxed(_): Relaxed,
    principal: Principal,
    context: Context,
) -> Result<Json<SignedIn>, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let (account, session) = (principal.user_id()?, principal.session_id()?);
    let outcome = store::find_user(app.db(), account, session, id::new()).await?;
    answer(&app, &context, outcome).await
}

/// What is to be another than it is; what is absent stays.
#[derive(Deserialize, garde::Validate)]
struct AccountChanges {
    #[garde(skip)]
    username: Option<String>,
    #[garde(skip)]
    email: Option<String>,
    #[garde(skip)]
    password: Option<PasswordInput>,
    #[garde(skip)]
    client: Client,
}

async fn update(
    State(app): State<App>,
    Relaxed(policy): Relaxed,
    principal: Principal,
    context: Context,
    Json(request): Json<AccountChanges>,
) -> Result<Json<SignedIn>, Problem> {
    principal.require(Scope::AccountManage)?;
    principal.require_first_party()?;
    let context = request.client.context(context).for_principal(&principal);
    let (account, session) = (principal.user_id()?, principal.session_id()?);
    let username = request
        .username
        .map(|text| parse::<Username>("username", &text))
        .transpose();
    let email = request
        .email
        .map(|text| parse::<Email>("email", &text))
        .transpose();
    let password = request
        .password
        .map(|typed| choose(&typed, policy))
        .transpose();
    let (username, email, password) = match (username, email, password) {
        (Ok(username), Ok(email), Ok(password)) => (username, email, password),
        (username, email, password) => {
            let errors = [username.err(), email.err(), password.err()];
            return Err(Problem::validation(errors.into_iter().flatten()));
        }
    };
    let password = match password {
        Some(password) => {
            let network = ClientNetwork::of(context.address.as_deref());
            let (hash_slot, _) =
                confirmation::begin(&app, policy, account, session, &network).await?;
            let hash = PasswordHash::make(&password).map_err(Problem::internal)?;
            Some((hash, hash_slot))
        }
        None => None,
    };
    let change = Change {
        username,
        email,
        password,
    };
    let outcome =
        store::update_account(app.db(), &context, account, session, id::new(), &change).await?;
    answer(&app, &context, outcome).await
}

/// A password of the least length: the suite's own are on every list.
fn choose(typed: &PasswordInput, policy: Policy) -> Result<NewPassword, FieldError> {
    NewPassword::of_length(typed, policy.password_min_length)
        .map_err(|error: PasswordError| FieldError::new("password", error.to_string()))
}

async fn answer(app: &App, context: &Context, outcome: Outcome) -> Result<Json<SignedIn>, Problem> {
    match outcome {
        Outcome::SignedIn { user, grant } => signed_in(app, context, *user, *grant).await,
        Outcome::Taken(which) => Err(taken(which)),
        Outcome::SecondFactor => Err(second_factor()),
        Outcome::Ended => Err(confirmation::ended()),
    }
}

async fn signed_in(
    app: &App,
    context: &Context,
    user: User,
    grant: SessionGrant,
) -> Result<Json<SignedIn>, Problem> {
    let SignedToken { access_token, .. } = token::sign_session(app, context, grant).await?;
    Ok(Json(SignedIn {
        account: user.id,
        email: user.email,
        username: user.username,
        token: access_token,
    }))
}

fn taken(which: Taken) -> Problem {
    let kind = if which.username {
        "username-taken"
    } else {
        "email-taken"
    };
    let fields = [("username", which.username), ("email", which.email)];
    fields.into_iter().filter(|(_, is_taken)| *is_taken).fold(
        Problem::conflict(kind, "Somebody has this name or address; choose another."),
        |problem, (field, _)| problem.about(field, "has already been taken"),
    )
}

fn second_factor() -> Problem {
    let message = "has a second factor, which this interface does not know: use /api/v1/auth";
    Problem::forbidden("The account has a second factor; sign in and change it at /api/v1/auth.")
        .about("credentials", message)
}
