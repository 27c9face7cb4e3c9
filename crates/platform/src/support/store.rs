//! Tickets in the database. `account` is whose ticket it must be; none for support, who sees all.

use kit::{Context, Db, DbError, Value, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Answer, Category, State, TicketChanges};

/// A ticket, JSON as the database wrote it.
#[derive(Debug)]
pub struct Stored {
    /// [`super::Ticket`], or for support [`super::StaffTicket`].
    pub json: String,
    /// For the ETag, with the ticket's id.
    pub version: i64,
}

/// A page of a user's tickets.
#[derive(Debug)]
pub struct TicketPage {
    /// JSON array of [`super::Ticket`].
    pub items: String,
    /// Where the next page begins; none at the end.
    pub last: Option<Uuid>,
}

/// Which tickets support looks at; none filters nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueFilter {
    /// In this state. Open ones come in the order of the queue, all others newest first.
    pub state: Option<State>,
    /// Of this person of support.
    pub assignee: Option<Uuid>,
    /// Of this user.
    pub user: Option<Uuid>,
}

/// A position in a list of support's.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct QueuePosition {
    id: Uuid,
    /// Microseconds since the epoch.
    since: Option<i64>,
}

/// A page of support's tickets.
#[derive(Debug)]
pub struct QueuePage {
    /// JSON array of [`super::StaffTicket`].
    pub items: String,
    /// Where the next page begins; none at the end.
    pub last: Option<QueuePosition>,
}

/// What opening a ticket came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(missing_docs, reason = "sql/functions/open_ticket.sql explains each")]
pub enum OpenTicket {
    Opened {
        /// The whole ticket, as its user sees it.
        ticket: serde_json::Value,
        version: i64,
    },
    TooMany,
    Replayed {
        ticket_id: Uuid,
    },
    Mismatch,
}

/// What adding a message came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "sql/functions/add_ticket_message.sql explains each"
)]
pub enum AddMessage {
    Added {
        /// The message, as the writer sees it.
        message: serde_json::Value,
        version: i64,
    },
    NotFound,
    Stale,
    Closed,
    Full,
    Replayed {
        message_id: Uuid,
    },
    Mismatch,
}

/// What a change came to.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[expect(missing_docs, reason = "sql/functions/update_ticket.sql explains each")]
pub enum UpdateTicket {
    Updated {
        /// The whole ticket, as support sees it.
        ticket: serde_json::Value,
        version: i64,
    },
    NotFound,
    Stale,
    NoSuchAssignee,
}

/// A ticket to open.
#[derive(Debug)]
pub struct NewTicket<'a> {
    /// Its id.
    pub id: Uuid,
    /// Id of its first message.
    pub message: Uuid,
    /// Whose it is.
    pub account: Uuid,
    /// One line.
    pub subject: &'a str,
    /// What it is about.
    pub category: Category,
    /// The first message.
    pub body: &'a str,
}

/// A message to add.
#[derive(Clone, Copy, Debug)]
pub struct NewMessage<'a> {
    /// Its id.
    pub id: Uuid,
    /// The ticket.
    pub ticket: Uuid,
    /// Who writes: the ticket's user, or somebody of support.
    pub author: Uuid,
    /// The ticket's version that the writer knows, if that matters.
    pub expected: Option<i64>,
    /// Plain text.
    pub body: &'a str,
}

/// Opens a ticket.
///
/// # Errors
/// [`DbError`].
pub async fn open(
    db: &Db,
    context: &Context,
    idempotency: [Value; 4],
    new: NewTicket<'_>,
) -> Result<OpenTicket, DbError> {
    let [principal, route, key, hash] = idempotency;
    let params = vec![
        context.value(),
        new.account.into(),
        principal,
        route,
        key,
        hash,
        new.id.into(),
        new.message.into(),
        new.subject.into(),
        new.category.name().into(),
        new.body.into(),
    ];
    db.write_json(include_str!("../../sql/open_ticket.sql"), params)
        .await
}

/// A user's tickets, newest first.
///
/// # Errors
/// [`DbError`].
pub async fn list(
    db: &Db,
    account: Uuid,
    state: Option<State>,
    before: Option<Uuid>,
    size: i64,
) -> Result<TicketPage, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/list_tickets.sql"),
            params![account, state.map(State::name), before, size],
        )
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("items", "no row"))?;
    Ok(TicketPage {
        items: row.get("items")?,
        last: row.get("last")?,
    })
}

/// The tickets that support looks at.
///
/// # Errors
/// [`DbError`].
pub async fn queue(
    db: &Db,
    filter: QueueFilter,
    after: Option<QueuePosition>,
    size: i64,
) -> Result<QueuePage, DbError> {
    let params = params![
        filter.state.map(State::name),
        filter.assignee,
        filter.user,
        after.and_then(|position| position.since),
        after.map(|position| position.id),
        size
    ];
    let rows = db
        .read(include_str!("../../sql/list_support_queue.sql"), params)
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("items", "no row"))?;
    let since = row.get("last_since")?;
    let last: Option<Uuid> = row.get("last_id")?;
    Ok(QueuePage {
        items: row.get("items")?,
        last: last.map(|id| QueuePosition { id, since }),
    })
}

/// One ticket with its messages.
///
/// # Errors
/// [`DbError`].
pub async fn find(db: &Db, id: Uuid, account: Option<Uuid>) -> Result<Option<Stored>, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/get_ticket.sql"),
            params![id, account],
        )
        .await?;
    rows.first()
        .map(|row| {
            Ok(Stored {
                json: row.get("document")?,
                version: row.get("version")?,
            })
        })
        .transpose()
}

/// One message as JSON: [`super::TicketMessage`], or for support [`super::StaffMessage`].
///
/// # Errors
/// [`DbError`].
pub async fn find_message(db: &Db, id: Uuid, staff: bool) -> Result<Option<String>, DbError> {
    db.read_text(
        include_str!("../../sql/get_ticket_message.sql"),
        params![id, staff],
    )
    .await
}

/// Adds a message of the ticket's user.
///
/// # Errors
/// [`DbError`].
pub async fn continue_ticket(
    db: &Db,
    context: &Context,
    idempotency: [Value; 4],
    message: NewMessage<'_>,
) -> Result<AddMessage, DbError> {
    add(db, context, idempotency, message, None).await
}

/// Adds a message of support; unless it is internal, the user is told.
///
/// # Errors
/// [`DbError`].
pub async fn answer(
    db: &Db,
    context: &Context,
    idempotency: [Value; 4],
    message: NewMessage<'_>,
    answer: &Answer,
) -> Result<AddMessage, DbError> {
    add(db, context, idempotency, message, Some(answer)).await
}

async fn add(
    db: &Db,
    context: &Context,
    idempotency: [Value; 4],
    message: NewMessage<'_>,
    answer: Option<&Answer>,
) -> Result<AddMessage, DbError> {
    let [principal, route, key, hash] = idempotency;
    let state = answer.and_then(|answer| answer.state);
    let params = vec![
        context.value(),
        message.author.into(),
        answer.is_some().into(),
        answer.is_some_and(|answer| answer.internal).into(),
        principal,
        route,
        key,
        hash,
        message.ticket.into(),
        message.id.into(),
        message.expected.into(),
        message.body.into(),
        state.map(State::name).into(),
    ];
    db.write_json(include_str!("../../sql/add_ticket_message.sql"), params)
        .await
}

/// Changes what support decides about a ticket.
///
/// # Errors
/// [`DbError`].
pub async fn update(
    db: &Db,
    context: &Context,
    id: Uuid,
    expected: Option<i64>,
    changes: &TicketChanges,
) -> Result<UpdateTicket, DbError> {
    let changes =
        serde_json::to_value(changes).map_err(|error| DbError::decode("changes", error))?;
    db.write_json(
        include_str!("../../sql/update_ticket.sql"),
        params![context.value(), id, expected, changes],
    )
    .await
}
