//! Tasks and events that the worker brings: `/internal/tasks/<kind>`, `/internal/events/<topic>`.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use identity::domain::{Email, NewPassword, PasswordHash, PasswordInput};
use kit::event::Event;
use kit::task::{self, Task};
use kit::{App, Environment, Problem, id};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audit;
use crate::store::account::{Bootstrap, FirstAdmin, bootstrap_admin};
use crate::store::audit as store;

/// The first administrator's address and password; empty for none.
pub(crate) const VARIABLES: &[&str] = &["admin_email", "admin_password"];

/// The name of the first administrator; nobody can register it.
const USERNAME: &str = "admin";
/// Fewest characters of the first administrator's password.
const PASSWORD_FLOOR: usize = 12;

/// The routes, without `/internal`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/bootstrap_admin", post(bootstrap))
        .route("/tasks/seal_audit", post(seal_audit))
        .route("/tasks/sweep_limits", post(sweep_limits))
        .route("/events/user.events", post(user_event))
}

/// Payload of a schedule's task.
#[derive(Deserialize)]
struct Nothing {}

/// Makes the first administrator from the variables. Ignored once there is one, so leaving the variables set is harmless.
async fn bootstrap(
    State(app): State<App>,
    task: Task<Nothing>,
) -> Result<axum::Json<Value>, Problem> {
    let variable = |name| app.config().variable(name);
    let (Some(email), Some(password)) = (variable("admin_email"), variable("admin_password"))
    else {
        return Ok(axum::Json(json!({"outcome": "off"})));
    };
    if app.config().environment == Environment::Production && password.starts_with("dev-") {
        return Err(task::give_up(
            "The variable admin_password is development's; choose another.",
        ));
    }
    let email: Email = email
        .parse()
        .map_err(|error| task::give_up(format!("The variable admin_email {error}.")))?;
    let mut admin = FirstAdmin {
        id: id::new(),
        email: email.as_str(),
        username: USERNAME,
        username_key: USERNAME,
        password_hash: None,
    };
    let mut outcome = bootstrap_admin(app.db(), &task.context, &admin).await?;
    let hash;
    if outcome == Bootstrap::Needed {
        let password =
            NewPassword::choose(&PasswordInput::from(password.to_owned()), PASSWORD_FLOOR)
                .map_err(|error| task::give_up(format!("The variable admin_password {error}.")))?;
        hash = PasswordHash::make(&password).map_err(Problem::internal)?;
        admin.password_hash = Some(hash.as_str());
        outcome = bootstrap_admin(app.db(), &task.context, &admin).await?;
    }
    match outcome {
        Bootstrap::Exists => Ok(axum::Json(json!({"outcome": "exists"}))),
        Bootstrap::Created => Ok(axum::Json(json!({"outcome": "created"}))),
        Bootstrap::Granted => Ok(axum::Json(json!({"outcome": "granted"}))),
        Bootstrap::Needed => Err(Problem::internal("the first administrator was not made")),
        Bootstrap::Unproved => Err(task::give_up(
            "Somebody has registered the address in admin_email without proving it, or was disabled. Set another address.",
        )),
    }
}

/// Chains the audit log's records and has the end of the chain signed.
async fn seal_audit(
    State(app): State<App>,
    task: Task<Nothing>,
) -> Result<axum::Json<Value>, Problem> {
    let sealed = audit::seal(&app).await?;
    audit::sign(&app, &task.context, &sealed).await?;
    Ok(axum::Json(json!({"position": sealed.position})))
}

/// Removes the limits' buckets that say nothing any more.
async fn sweep_limits(
    State(app): State<App>,
    _task: Task<Nothing>,
) -> Result<axum::Json<Value>, Problem> {
    Ok(axum::Json(store::sweep_token_buckets(app.db()).await?))
}

#[derive(Deserialize)]
struct Deleted {
    user_id: Uuid,
}

/// Erases what the audit log has of a person who is gone. The records stay, under an id that is nobody's any more.
async fn user_event(State(app): State<App>, event: Event) -> Result<axum::Json<Value>, Problem> {
    if event.kind != "user.deleted" {
        return Ok(axum::Json(Value::Null));
    }
    let deleted: Deleted = event.data_as()?;
    Ok(axum::Json(
        store::erase_personal(app.db(), &event.context, deleted.user_id).await?,
    ))
}
