//! `/support/tickets`: the user's side of support.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, Created, Idempotency, IfMatch, IfNoneMatch, Json, Page, Path, Principal, Problem,
    Query, RawJson, Scope, etag, id, page,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::support::store::{self, AddMessage, NewMessage, NewTicket, OpenTicket};
use crate::support::{self, Category, Ticket, TicketMessage};

const LIST: &str = "support.tickets";
const ROUTE: &str = "POST /api/v1/profile/support/tickets";

/// A question to support.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub(crate) struct OpenTicketRequest {
    /// One line, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    #[garde(custom(|text: &str, _: &()| support::subject(text).map_err(garde::Error::new)))]
    subject: String,
    /// What it is about.
    #[serde(default)]
    category: Category,
    /// Plain text, 1 to 5,000 characters. Never write a password or a key.
    #[schema(min_length = 1, max_length = 5000)]
    #[garde(custom(|text: &str, _: &()| support::body(text).map_err(garde::Error::new)))]
    body: String,
}

/// A message to support.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
pub(crate) struct AddTicketMessageRequest {
    /// Plain text, 1 to 5,000 characters.
    #[schema(min_length = 1, max_length = 5000)]
    #[garde(custom(|text: &str, _: &()| support::body(text).map_err(garde::Error::new)))]
    body: String,
}

/// Tickets, newest first, without their messages.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketList {
    items: Vec<Ticket>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which tickets are listed.
#[derive(Deserialize)]
pub(crate) struct Filter {
    state: Option<support::State>,
}

fn location(ticket: Uuid) -> String {
    format!("/api/v1/profile/support/tickets/{ticket}")
}

/// Opens a ticket.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    post,
    path = "/api/v1/profile/support/tickets",
    tag = "support",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key opens one ticket")),
    request_body = OpenTicketRequest,
    responses(
        (status = 201, description = "Opened", body = Ticket),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 409, description = "Fifty tickets are not closed yet", body = ProblemDocument),
        (status = 422, description = "A field is not valid, or the key was used with another request", body = ProblemDocument),
    ),
    security(("bearer" = ["profile.write"]))
)]
pub(crate) async fn open(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    idempotency: Idempotency,
    Json(request): Json<OpenTicketRequest>,
) -> Result<Created<RawJson>, Problem> {
    principal.require(Scope::ProfileWrite)?;
    let account = principal.user_id()?;
    let context = context.for_principal(&principal);
    let claim = idempotency.params(&principal, ROUTE, &request)?;
    let new = NewTicket {
        id: id::new(),
        message: id::new(),
        account,
        subject: request.subject.trim(),
        category: request.category,
        body: request.body.trim(),
    };
    let ticket = new.id;
    match store::open(app.db(), &context, claim, new).await? {
        OpenTicket::Opened {
            ticket: json,
            version,
        } => Ok(Created {
            location: location(ticket),
            etag: Some(etag(version, ticket)),
            replayed: false,
            body: RawJson(json.to_string()),
        }),
        OpenTicket::Replayed { ticket_id } => {
            let stored = store::find(app.db(), ticket_id, Some(account))
                .await?
                .ok_or_else(|| Problem::not_found("ticket"))?;
            Ok(Created {
                location: location(ticket_id),
                etag: Some(etag(stored.version, ticket_id)),
                replayed: true,
                body: RawJson(stored.json),
            })
        }
        OpenTicket::TooMany => Err(Problem::conflict(
            "conflict",
            "Fifty of your tickets are not closed yet. Write into one of them, or wait until some are closed.",
        )),
        OpenTicket::Mismatch => Err(Idempotency::mismatch()),
    }
}

/// Lists one's tickets, newest first, without their messages.
///
/// Permissions: `profile.read`.
#[utoipa::path(
    get,
    path = "/api/v1/profile/support/tickets",
    tag = "support",
    params(
        ("state" = Option<support::State>, Query, description = "Only those in this state"),
        ("limit" = Option<i64>, Query, description = "1 to 100, else 20", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "Newest first", body = TicketList),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 422, description = "A parameter is not valid", body = ProblemDocument),
    ),
    security(("bearer" = ["profile.read"]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(filter): Query<Filter>,
    page: Page,
) -> Result<RawJson, Problem> {
    principal.require(Scope::ProfileRead)?;
    let account = principal.user_id()?;
    let before: Option<Uuid> = page.position(&app, LIST)?;
    let listed = store::list(app.db(), account, filter.state, before, page.limit).await?;
    page::listed(&app, LIST, &listed.items, listed.last)
}

/// Reads a ticket with its messages, oldest first.
///
/// Permissions: `profile.read`.
#[utoipa::path(
    get,
    path = "/api/v1/profile/support/tickets/{id}",
    tag = "support",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The ticket, with its ETag", body = Ticket),
        (status = 304, description = "As in If-None-Match"),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such ticket of yours", body = ProblemDocument),
    ),
    security(("bearer" = ["profile.read"]))
)]
pub(crate) async fn read(
    State(app): State<App>,
    principal: Principal,
    Path(ticket): Path<Uuid>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::ProfileRead)?;
    let stored = store::find(app.db(), ticket, Some(principal.user_id()?))
        .await?
        .ok_or_else(|| Problem::not_found("ticket"))?;
    let tag = etag(stored.version, ticket);
    Ok(known.answer(tag, RawJson(stored.json)))
}

/// Writes into a ticket. One that was answered or solved is open again; a closed one stays closed.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    post,
    path = "/api/v1/profile/support/tickets/{id}/messages",
    tag = "support",
    params(
        ("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key writes one message"),
    ),
    request_body = AddTicketMessageRequest,
    responses(
        (status = 201, description = "The message; `Location` is its ticket", body = TicketMessage),
        (status = 401, description = "No credential, or a bad one", body = ProblemDocument),
        (status = 403, description = "The scope is missing", body = ProblemDocument),
        (status = 404, description = "No such ticket of yours", body = ProblemDocument),
        (status = 409, description = "The ticket is closed, or holds 200 messages", body = ProblemDocument),
        (status = 412, description = "Changed since the version in If-Match", body = ProblemDocument),
        (status = 422, description = "The message is not valid, or the key was used with another request", body = ProblemDocument),
    ),
    security(("bearer" = ["profile.write"]))
)]
pub(crate) async fn add_message(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(ticket): Path<Uuid>,
    guard: IfMatch,
    idempotency: Idempotency,
    Json(request): Json<AddTicketMessageRequest>,
) -> Result<Created<RawJson>, Problem> {
    principal.require(Scope::ProfileWrite)?;
    let account = principal.user_id()?;
    let context = context.for_principal(&principal);
    let route = format!("POST {}/messages", location(ticket));
    let claim = idempotency.params(&principal, &route, &request)?;
    let message = NewMessage {
        id: id::new(),
        ticket,
        author: account,
        expected: guard.version(ticket),
        body: request.body.trim(),
    };
    let created = |json: String, replayed| Created {
        location: location(ticket),
        etag: None,
        replayed,
        body: RawJson(json),
    };
    match store::continue_ticket(app.db(), &context, claim, message).await? {
        AddMessage::Added { message, .. } => Ok(created(message.to_string(), false)),
        AddMessage::Replayed { message_id } => store::find_message(app.db(), message_id, false)
            .await?
            .map(|json| created(json, true))
            .ok_or_else(|| Problem::not_found("message")),
        AddMessage::NotFound => Err(Problem::not_found("ticket")),
        AddMessage::Stale => Err(Problem::precondition_failed()),
        AddMessage::Closed => Err(Problem::conflict(
            "ticket-closed",
            "The ticket is closed. Open a new one.",
        )),
        AddMessage::Full => Err(Problem::conflict(
            "ticket-closed",
            "The ticket holds 200 messages. Open a new one.",
        )),
        AddMessage::Mismatch => Err(Idempotency::mismatch()),
    }
}
