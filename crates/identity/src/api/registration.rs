//! `POST /register`: a new account.

use std::str::FromStr;

use axum::extract::State;
use http::StatusCode;
use kit::{App, Context, FieldError, Json, Problem, id};
use serde::{Deserialize, Serialize};

use super::otp;
use crate::domain::{CodePurpose, Email, NewPassword, PasswordHash, PasswordInput, Username};
use crate::policy::Policy;
use crate::random;
use crate::store::account::{self, BegunRegistration, NewAccount, Registration, User};
use crate::store::hash_slot::{self, HashSlot, Place};

/// A registration.
#[derive(Deserialize, garde::Validate, utoipa::ToSchema)]
pub(crate) struct RegistrationRequest {
    /// Compared without case; a domain may be international.
    #[garde(skip)]
    #[schema(format = Email, example = "ada@example.com")]
    email: String,
    /// 3 to 32 letters, digits, `_`, `-`, `.`; compared without case.
    #[garde(skip)]
    #[schema(example = "ada")]
    username: String,
    /// At least `password_min_length` (8) and at most 256 characters; none that is guessed first.
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    password: PasswordInput,
}

/// A registered account.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct RegistrationAnswer {
    user: User,
}

/// Registers an account.
///
/// A code is mailed that proves the address (`POST /otp/verify`). An address that has an account already gets the same answer, and
/// its owner a mail: nobody learns who is registered.
///
/// Permissions: none.
#[utoipa::path(
    post,
    path = "/api/v1/auth/register",
    tag = "auth",
    request_body = RegistrationRequest,
    responses(
        (status = 201, description = "Registered; log in, where the operator demands it after verifying the address", body = RegistrationAnswer),
        (status = 409, description = "The username is taken", body = kit::problem::ProblemDocument),
        (status = 422, description = "A field is not valid", body = kit::problem::ProblemDocument),
        (status = 503, description = "Too many passwords are being checked", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    policy: Policy,
    context: Context,
    Json(request): Json<RegistrationRequest>,
) -> Result<(StatusCode, Json<RegistrationAnswer>), Problem> {
    let (email, username, password) = request.check(policy)?;
    register(&app, &context, policy, email, username, &password)
        .await
        .map(|user| (StatusCode::CREATED, Json(RegistrationAnswer { user })))
}

/// Registers an account, or does as if.
pub(crate) async fn register(
    app: &App,
    context: &Context,
    policy: Policy,
    email: Email,
    username: Username,
    password: &NewPassword,
) -> Result<User, Problem> {
    let hash_slot = reserve(app, &username, policy).await?;
    // Hashed whether the address is known or not: the work must not tell.
    let password_hash = PasswordHash::make(password).map_err(Problem::internal)?;
    let code = random::one_time_code()?;
    let code_hash = otp::hashed(app, &code, CodePurpose::Verify, &email)?;
    let account = NewAccount {
        id: id::new(),
        email,
        username,
        password_hash,
        code,
        code_hash,
    };
    match account::register(app.db(), context, &account, hash_slot).await? {
        Registration::Created { user } => Ok(user),
        Registration::UsernameTaken => Err(username_taken()),
    }
}

impl RegistrationRequest {
    /// As a page's form has it.
    pub(crate) fn of_form(email: &str, username: &str, password: &str) -> Self {
        Self {
            email: email.to_owned(),
            username: username.to_owned(),
            password: PasswordInput::from(password.to_owned()),
        }
    }

    /// All that is wrong, at once.
    pub(crate) fn check(self, policy: Policy) -> Result<(Email, Username, NewPassword), Problem> {
        let email = parse::<Email>("email", &self.email);
        let username = parse::<Username>("username", &self.username);
        let password = NewPassword::choose(&self.password, policy.password_min_length)
            .map_err(|error| FieldError::new("password", error.to_string()));
        let password = match (&email, &username, password) {
            (Ok(email), Ok(username), Ok(password)) => password
                .not_own_data(username.as_str(), email.as_str())
                .map_err(|error| FieldError::new("password", error.to_string())),
            (_, _, password) => password,
        };
        match (email, username, password) {
            (Ok(email), Ok(username), Ok(password)) => Ok((email, username, password)),
            (email, username, password) => Err(Problem::validation(
                [email.err(), username.err(), password.err()]
                    .into_iter()
                    .flatten(),
            )),
        }
    }
}

pub(crate) fn parse<T: FromStr<Err: ToString>>(field: &str, text: &str) -> Result<T, FieldError> {
    text.parse()
        .map_err(|error: T::Err| FieldError::new(field, error.to_string()))
}

async fn reserve(app: &App, username: &Username, policy: Policy) -> Result<HashSlot, Problem> {
    let holder = id::new();
    hash_slot::wait_for(policy.hash_slots, || async {
        match account::begin_registration(app.db(), username, policy.hash_slots, holder).await? {
            BegunRegistration::Leased { slot } => Ok(Place::Leased(HashSlot { holder, slot })),
            BegunRegistration::Waiting(queued) => Ok(Place::Queued(queued)),
            BegunRegistration::UsernameTaken => Err(username_taken()),
        }
    })
    .await
}

pub(crate) fn username_taken() -> Problem {
    Problem::conflict(
        "username-taken",
        "Somebody has this username; choose another.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(email: &str, username: &str, password: &str) -> Vec<String> {
        let request = RegistrationRequest {
            email: email.into(),
            username: username.into(),
            password: PasswordInput::from(password.to_owned()),
        };
        let policy = Policy {
            email_verification_required: false,
            password_min_length: 8,
            hash_slots: 1,
            role_second_factor: false,
            conduit: false,
        };
        request
            .check(policy)
            .err()
            .map(|problem| {
                problem
                    .errors()
                    .iter()
                    .map(|error| error.field.clone())
                    .collect()
            })
            .unwrap_or_default()
    }

    #[test]
    fn all_wrong_fields_are_named_at_once() {
        assert_eq!(check("ada@example.com", "ada", "correct horse"), [""; 0]);
        assert_eq!(
            check("ada", "a", "short"),
            ["email", "username", "password"]
        );
        assert_eq!(
            check("ada@example.com", "ada lovelace", "correct horse"),
            ["username"]
        );
        assert_eq!(
            check("ada@example.com", "countess", "Countess1815"),
            ["password"]
        );
    }
}
