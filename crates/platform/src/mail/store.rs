//! Mails in the database.

use kit::{Db, DbError, params};
use mail::{Recipient, Rendered};
use serde::Deserialize;
use uuid::Uuid;

/// How long one attempt may hold a mail, seconds: longer than a provider may take to answer.
const LEASE_SECONDS: i32 = 30;

/// Before a mail is handed over.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum BeginMail {
    Begun,
    Sent,
    Refused,
    /// What it holds has expired.
    Late,
    Busy {
        retry_after: u64,
    },
}

/// After a provider's answer.
#[derive(Clone, Copy)]
pub(crate) enum Finish {
    Sent,
    Refused,
    /// Not taken; the next attempt may begin at once.
    GivenBack,
}

impl Finish {
    const fn state(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::GivenBack => "sending",
        }
    }
}

pub(crate) async fn begin(
    db: &Db,
    key: &str,
    template: &str,
    holder: Uuid,
    useful_until: Option<i64>,
) -> Result<BeginMail, DbError> {
    db.write_json(
        include_str!("../../sql/begin_mail.sql"),
        params![key, template, holder, LEASE_SECONDS, useful_until],
    )
    .await
}

pub(crate) async fn finish(
    db: &Db,
    key: &str,
    holder: Uuid,
    finish: Finish,
    provider: Option<&str>,
    id: Option<&str>,
) -> Result<(), DbError> {
    db.write(
        include_str!("../../sql/finish_mail.sql"),
        params![key, holder, finish.state(), provider, id],
    )
    .await
    .map(|_| ())
}

/// Puts a mail into development's mailbox, once for its key. False if what it holds has expired.
pub(crate) async fn deliver_to_mailbox(
    db: &Db,
    key: &str,
    recipient: &Recipient,
    template: &str,
    mail: &Rendered,
    useful_until: Option<i64>,
) -> Result<bool, DbError> {
    let rows = db
        .write(
            include_str!("../../sql/deliver_to_mailbox.sql"),
            params![
                key,
                recipient.as_str(),
                template,
                mail.subject.as_str(),
                mail.text.as_str(),
                mail.html.as_str(),
                useful_until
            ],
        )
        .await?;
    rows.first()
        .ok_or_else(|| DbError::decode("delivered", "no row"))?
        .get("delivered")
}
