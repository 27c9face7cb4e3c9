//! A ticket, as its user and as support see it. The documents are made by the database (`platform.ticket_document`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Support's.
    Open,
    /// The user's.
    Answered,
    /// Nobody's; a message of the user opens it again. After 7 days without one it is closed.
    Solved,
    /// Nobody's, for good.
    Closed,
}

impl State {
    /// As the database has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Solved => "solved",
            Self::Closed => "closed",
        }
    }
}

/// What it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Category {
    Account,
    Security,
    Trading,
    Blog,
    #[default]
    Other,
}

impl Category {
    /// As the database has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Security => "security",
            Self::Trading => "trading",
            Self::Blog => "blog",
            Self::Other => "other",
        }
    }
}

/// How soon it needs an answer; support decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

/// A ticket as its user sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ticket {
    id: Uuid,
    subject: String,
    category: Category,
    state: State,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    updated_at: String,
    /// Oldest first; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<TicketMessage>>,
}

/// A message as the ticket's user sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketMessage {
    id: Uuid,
    /// `user` or `support`.
    #[schema(example = "support")]
    author: String,
    /// Plain text.
    body: String,
    /// RFC 3339.
    created_at: String,
}

/// A ticket as support sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffTicket {
    id: Uuid,
    user_id: Uuid,
    /// Null if the account was disabled.
    username: Option<String>,
    subject: String,
    category: Category,
    state: State,
    priority: Priority,
    /// Who deals with it.
    assignee_id: Option<Uuid>,
    /// Since when the user has been waiting for support, RFC 3339.
    waiting_since: Option<String>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    updated_at: String,
    /// Oldest first; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<StaffMessage>>,
}

/// A message as support sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffMessage {
    id: Uuid,
    /// `user` or `support`.
    #[schema(example = "support")]
    author: String,
    author_id: Uuid,
    /// Seen by support alone.
    internal: bool,
    /// Plain text.
    body: String,
    /// RFC 3339.
    created_at: String,
}
