//! The owner of a session, typing the password again before something that a borrowed session must not do.

use http::StatusCode;
use kit::{App, Context, FieldError, Principal, Problem, clock, id};

use crate::domain::{ClientNetwork, PasswordHash, PasswordInput};
use crate::policy::Policy;
use crate::sign_in::throttled;
use crate::store::hash_slot::{self, HashSlot, Place};
use crate::store::password::{self, BegunConfirmation, Confirmed, Confirming};

/// How long after a sign-in nobody is asked again, seconds.
const FRESH_S: i64 = 15 * 60;

/// Demands a first-party session whose owner signed in just now.
///
/// # Errors
/// 403; `reauthentication-required` says to sign in again.
pub(crate) fn require_fresh(principal: &Principal) -> Result<(), Problem> {
    principal.require_first_party()?;
    let fresh = principal
        .auth_time
        .is_some_and(|at| clock::now_s().saturating_sub(at) <= FRESH_S);
    if fresh { Ok(()) } else { Err(not_fresh()) }
}

fn not_fresh() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "reauthentication-required",
        "Sign in again first",
    )
    .detail("This changes how the account is signed in to; sign in again, then repeat it within 15 minutes.")
}

/// Compares the password that the owner of a session typed; `field` names it in the request. An account without a password is
/// confirmed by a fresh sign-in.
///
/// # Errors
/// 422 naming the field, 429, 401 when the session is over.
pub(crate) async fn by_password(
    app: &App,
    context: &Context,
    policy: Policy,
    principal: &Principal,
    typed: Option<&PasswordInput>,
    field: &str,
) -> Result<Confirmed, Problem> {
    principal.require_first_party()?;
    let (account, session) = (principal.user_id()?, principal.session_id()?);
    let network = ClientNetwork::of(context.address.as_deref());
    let (hash_slot, details) = begin(app, policy, account, session, &network).await?;
    let confirmed = Confirmed {
        account,
        session,
        details,
        network,
        hash_slot,
    };
    let stored = confirmed
        .password_hash()
        .map(|hash| PasswordHash::stored(hash.to_owned()));
    let unproved = match (&stored, typed) {
        (None, _) => require_fresh(principal).err(),
        (Some(_), None) => Some(Problem::invalid_field(field, "is required")),
        (Some(stored), Some(typed)) if PasswordHash::matches(Some(stored), typed) => None,
        (Some(_), Some(_)) => return Err(refuse(app, context, &confirmed, field).await?),
    };
    match unproved {
        None => Ok(confirmed),
        Some(problem) => {
            hash_slot::release(app.db(), hash_slot).await?;
            Err(problem)
        }
    }
}

async fn refuse(
    app: &App,
    context: &Context,
    confirmed: &Confirmed,
    field: &str,
) -> Result<Problem, Problem> {
    let account = confirmed.account;
    password::refuse_login(
        app.db(),
        context,
        Some(account),
        &format!("account:{account}"),
        &confirmed.network,
        confirmed.hash_slot,
    )
    .await?;
    Ok(Problem::validation([FieldError::new(field, "is wrong")]))
}

/// Leases a place for hashing for the owner of a session.
///
/// # Errors
/// 429 after too many wrong passwords, 401 when the session is over.
pub(crate) async fn begin(
    app: &App,
    policy: Policy,
    account: uuid::Uuid,
    session: uuid::Uuid,
    network: &ClientNetwork,
) -> Result<(HashSlot, Confirming), Problem> {
    let holder = id::new();
    hash_slot::wait_for(policy.hash_slots, || async {
        let begun = password::begin_confirmation(
            app.db(),
            account,
            session,
            network,
            policy.hash_slots,
            holder,
        )
        .await?;
        match begun {
            BegunConfirmation::Leased { slot, account } => {
                Ok(Place::Leased((HashSlot { holder, slot }, account)))
            }
            BegunConfirmation::Waiting(queued) => Ok(Place::Queued(queued)),
            BegunConfirmation::Throttled { retry_after } => Err(throttled(retry_after)),
            BegunConfirmation::Ended => Err(ended()),
        }
    })
    .await
}

/// The session was ended a moment ago; the trust snapshot may not know yet.
pub(crate) fn ended() -> Problem {
    Problem::unauthorized("The session is over; sign in again.")
}

/// Somebody else was faster with the same.
pub(crate) fn stale() -> Problem {
    Problem::conflict(
        "stale",
        "The password or the session was changed by another request; sign in again.",
    )
}
