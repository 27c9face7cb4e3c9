//! Development's mailbox, read.

use kit::{Db, DbError, params};

/// The mails to this address, or all, newest first: a JSON array of `{to, subject, text, html, at}`.
///
/// # Errors
/// [`DbError`].
pub async fn list(db: &Db, recipient: Option<&str>, size: i64) -> Result<String, DbError> {
    let items = db
        .read_text(
            include_str!("../../sql/list_mailbox.sql"),
            params![recipient, size],
        )
        .await?;
    Ok(items.unwrap_or_else(|| "[]".to_owned()))
}
