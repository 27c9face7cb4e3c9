//! What the component `profile` serves of this crate: notifications, their preferences, and the user's side of support under
//! `/api/v1/profile`; the tasks that end in a notification or a mail, and the one that closes tickets.

mod notification;
mod preference;
mod task;
mod ticket;
mod ticket_closing;

use axum::Router;
use axum::routing::post;
use kit::{App, AppBuilder, Db, DbError, params, routes};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::mail::Mailer;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(notification::list))
        .routes(routes!(notification::read))
        .routes(routes!(notification::read_all))
        .routes(routes!(preference::show, preference::replace))
        .routes(routes!(ticket::open, ticket::list))
        .routes(routes!(ticket::read))
        .routes(routes!(ticket::add_message))
}

/// What the worker calls.
fn tasks() -> Router<App> {
    Router::new()
        .route("/tasks/notify", post(task::notify))
        .route("/tasks/send_mail", post(task::send_mail))
        .route("/tasks/close_tickets", post(ticket_closing::close_tickets))
}

/// Adds to a service what [`routes`] need, and the tasks. Mails go out by this mailer, or into development's mailbox.
#[must_use]
pub fn install(builder: AppBuilder, mailer: impl Mailer + 'static) -> AppBuilder {
    builder
        .variables(&["mail_provider"])
        .secrets(&["cursor_key"])
        .extension(task::Post(Box::new(mailer)))
        .internal(tasks())
}

/// On `user.deleted`: the user's notifications, preferences, tickets and development mails go. Again changes nothing.
///
/// # Errors
/// [`DbError`].
pub async fn erase(db: &Db, account: Uuid) -> Result<(), DbError> {
    db.write(include_str!("../sql/erase_messages.sql"), params![account])
        .await
        .map(|_| ())
}
