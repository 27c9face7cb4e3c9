//! `/support/tickets`: support's side of the conversations.

use axum::extract::State;
use axum::response::Response;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, Created, Idempotency, IfMatch, IfNoneMatch, Json, Page, Path, Permission,
    Principal, Problem, Query, RawJson, WithEtag, etag, id, page,
};
use platform::support::store::{
    self, AddMessage, NewMessage, QueueFilter, QueuePosition, UpdateTicket,
};
use platform::support::{self, Answer, StaffMessage, StaffTicket, TicketChanges};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::account;

const LIST: &str = "admin.tickets";

/// Tickets without their messages. Open ones in the order of the queue, who has waited longest first; others newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct StaffTickets {
    items: Vec<StaffTicket>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct QueueQuery {
    state: Option<support::State>,
    assignee: Option<Uuid>,
    user: Option<Uuid>,
}

/// Lists tickets.
///
/// Permissions: `support.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/support/tickets",
    tag = "admin",
    params(
        ("state" = Option<support::State>, Query, description = "Only in this state"),
        ("assignee" = Option<Uuid>, Query, description = "Only those that this person deals with"),
        ("user" = Option<Uuid>, Query, description = "Only this user's"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, with the same parameters"),
    ),
    security(("bearer" = ["support.manage"])),
    responses(
        (status = 200, description = "A page", body = StaffTickets),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "Lacks `support.manage`", body = ProblemDocument),
        (status = 422, description = "A parameter is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(query): Query<QueueQuery>,
    page: Page,
) -> Result<RawJson, Problem> {
    principal.require_permission(Permission::SupportManage)?;
    // A position in the queue says nothing about a list in another order.
    let list = match query.state {
        Some(state) => format!("{LIST}.{}", state.name()),
        None => LIST.to_owned(),
    };
    let after = page.position::<QueuePosition>(&app, &list)?;
    let filter = QueueFilter {
        state: query.state,
        assignee: query.assignee,
        user: query.user,
    };
    let found = store::queue(app.db(), filter, after, page.limit).await?;
    page::listed(&app, &list, &found.items, found.last)
}

/// Shows a ticket with all its messages, internal ones too.
///
/// Permissions: `support.manage`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/support/tickets/{id}",
    tag = "admin",
    params(("id" = Uuid, Path, description = "Id of the ticket")),
    security(("bearer" = ["support.manage"])),
    responses(
        (status = 200, description = "The ticket", body = StaffTicket),
        (status = 304, description = "As the client knows it"),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "Lacks `support.manage`", body = ProblemDocument),
        (status = 404, description = "There is no such ticket", body = ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<Uuid>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require_permission(Permission::SupportManage)?;
    let ticket = store::find(app.db(), id, None)
        .await?
        .ok_or_else(not_found)?;
    let tag = etag(ticket.version, id);
    Ok(known.answer(tag, RawJson(ticket.json)))
}

/// Changes the state, the priority, the category, or who deals with it.
///
/// Permissions: `support.manage`.
#[utoipa::path(
    patch,
    path = "/api/v1/admin/support/tickets/{id}",
    tag = "admin",
    params(
        ("id" = Uuid, Path, description = "Id of the ticket"),
        ("If-Match" = Option<String>, Header, description = "Only if the ticket is still this version"),
    ),
    request_body = TicketChanges,
    security(("bearer" = ["support.manage"])),
    responses(
        (status = 200, description = "So it is", body = StaffTicket),
        (status = 400, description = "The body is not JSON", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "Lacks `support.manage`", body = ProblemDocument),
        (status = 404, description = "There is no such ticket", body = ProblemDocument),
        (status = 412, description = "The ticket has changed", body = ProblemDocument),
        (status = 413, description = "The body is too large", body = ProblemDocument),
        (status = 415, description = "The body is not declared as JSON", body = ProblemDocument),
        (status = 422, description = "A field is wrong, or the assignee does not hold `support.manage`", body = ProblemDocument),
        (status = 429, description = "Too many writes", body = ProblemDocument),
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    guard: IfMatch,
    Json(changes): Json<TicketChanges>,
) -> Result<WithEtag<Json<serde_json::Value>>, Problem> {
    principal.require_permission(Permission::SupportManage)?;
    if let Some(Some(assignee)) = changes.assignee_id
        && !works_on_tickets(&app, assignee).await?
    {
        return Err(Problem::invalid_field(
            "assignee_id",
            "must be an account that holds support.manage",
        ));
    }
    let context = context.for_principal(&principal);
    match store::update(app.db(), &context, id, guard.version(id), &changes).await? {
        UpdateTicket::Updated { ticket, version } => Ok(WithEtag(etag(version, id), Json(ticket))),
        UpdateTicket::NotFound => Err(not_found()),
        UpdateTicket::Stale => Err(Problem::precondition_failed()),
        UpdateTicket::NoSuchAssignee => Err(Problem::invalid_field(
            "assignee_id",
            "there is no such account",
        )),
    }
}

/// Whether a ticket can be given to this account: nobody else could read it.
async fn works_on_tickets(app: &App, assignee: Uuid) -> Result<bool, Problem> {
    let manage = Permission::SupportManage.name();
    let account = account::find_account(app.db(), assignee).await?;
    Ok(account.is_some_and(|account| {
        !account.disabled && account.permissions.iter().any(|held| held == manage)
    }))
}

/// Writes into a ticket: to the user, who is told, or internally.
///
/// Permissions: `support.manage`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/support/tickets/{id}/messages",
    tag = "admin",
    params(
        ("id" = Uuid, Path, description = "Id of the ticket"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key writes once"),
        ("If-Match" = Option<String>, Header, description = "Only if the ticket is still this version"),
    ),
    request_body = Answer,
    security(("bearer" = ["support.manage"])),
    responses(
        (status = 201, description = "Written", body = StaffMessage),
        (status = 400, description = "The body is not JSON", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "Lacks `support.manage`", body = ProblemDocument),
        (status = 404, description = "There is no such ticket", body = ProblemDocument),
        (status = 409, description = "The ticket is closed, or full", body = ProblemDocument),
        (status = 412, description = "The ticket has changed", body = ProblemDocument),
        (status = 413, description = "The body is too large", body = ProblemDocument),
        (status = 415, description = "The body is not declared as JSON", body = ProblemDocument),
        (status = 422, description = "A field is wrong, or the key was used with another request", body = ProblemDocument),
        (status = 429, description = "Too many writes", body = ProblemDocument),
    ),
)]
pub(crate) async fn answer(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(id): Path<Uuid>,
    idempotency: Idempotency,
    guard: IfMatch,
    Json(answer): Json<Answer>,
) -> Result<Created<RawJson>, Problem> {
    principal.require_permission(Permission::SupportManage)?;
    let context = context.for_principal(&principal);
    let route = format!("POST /api/v1/admin/support/tickets/{id}/messages");
    let claim = idempotency.params(&principal, &route, &answer)?;
    let new = NewMessage {
        id: id::new(),
        ticket: id,
        author: principal.user_id()?,
        expected: guard.version(id),
        body: answer.body.trim(),
    };
    let created = |body: String, replayed: bool, etag: Option<String>| Created {
        location: format!("/api/v1/admin/support/tickets/{id}"),
        etag,
        replayed,
        body: RawJson(body),
    };
    match store::answer(app.db(), &context, claim, new, &answer).await? {
        AddMessage::Added {
            message, version, ..
        } => Ok(created(message.to_string(), false, Some(etag(version, id)))),
        AddMessage::Replayed { message_id } => {
            let message = store::find_message(app.db(), message_id, true)
                .await?
                .ok_or_else(not_found)?;
            Ok(created(message, true, None))
        }
        AddMessage::NotFound => Err(not_found()),
        AddMessage::Stale => Err(Problem::precondition_failed()),
        AddMessage::Closed => Err(Problem::conflict(
            "conflict",
            "The ticket is closed; open it again first, or write internally.",
        )),
        AddMessage::Full => Err(Problem::conflict(
            "conflict",
            "The ticket has 200 messages; go on in another.",
        )),
        AddMessage::Mismatch => Err(Idempotency::mismatch()),
    }
}

fn not_found() -> Problem {
    Problem::not_found("ticket")
}
