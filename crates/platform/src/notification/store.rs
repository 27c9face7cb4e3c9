//! Notifications and preferences in the database.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Choices, Notice, Words};

/// A page of notifications, items as JSON text of the database.
pub(crate) struct NotificationPage {
    pub(crate) items: String,
    pub(crate) last: Option<Uuid>,
    pub(crate) unread: i64,
}

/// A user's choices and their version.
#[derive(Deserialize)]
pub(crate) struct StoredPreferences {
    pub(crate) preferences: Choices,
    pub(crate) version: i64,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum SetPreferences {
    Set { version: i64 },
    Stale,
}

pub(crate) async fn list(
    db: &Db,
    account: Uuid,
    unread_only: bool,
    before: Option<Uuid>,
    size: i64,
) -> Result<NotificationPage, DbError> {
    let rows = db
        .read(
            include_str!("../../sql/list_notifications.sql"),
            params![account, unread_only, before, size],
        )
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("items", "no row"))?;
    Ok(NotificationPage {
        items: row.get("items")?,
        last: row.get("last")?,
        unread: row.get("unread")?,
    })
}

/// Marks one as read and answers it as JSON; none if the account has no such notification.
pub(crate) async fn read(db: &Db, account: Uuid, id: Uuid) -> Result<Option<String>, DbError> {
    let rows = db
        .write(
            include_str!("../../sql/read_notification.sql"),
            params![account, id],
        )
        .await?;
    rows.first()
        .ok_or_else(|| DbError::decode("document", "no row"))?
        .get("document")
}

/// Marks all as read, or those up to one; answers the counts as JSON.
pub(crate) async fn read_all<T: serde::de::DeserializeOwned>(
    db: &Db,
    account: Uuid,
    up_to: Option<Uuid>,
) -> Result<T, DbError> {
    db.write_json(
        include_str!("../../sql/read_all_notifications.sql"),
        params![account, up_to],
    )
    .await
}

pub(crate) async fn preferences(db: &Db, account: Uuid) -> Result<StoredPreferences, DbError> {
    db.read_json(
        include_str!("../../sql/notification_preferences.sql"),
        params![account],
    )
    .await?
    .ok_or_else(|| DbError::decode("preferences", "no row"))
}

pub(crate) async fn set_preferences(
    db: &Db,
    context: &Context,
    account: Uuid,
    expected: Option<i64>,
    choices: &Choices,
) -> Result<SetPreferences, DbError> {
    db.write_json(
        include_str!("../../sql/set_notification_preferences.sql"),
        params![context.value(), account, expected, json!(choices)],
    )
    .await
}

/// What is told to whom.
pub(crate) struct Delivery<'a> {
    /// The same is told once.
    pub(crate) key: &'a str,
    pub(crate) account: Uuid,
    /// Where the mail goes; none for the account's address.
    pub(crate) address: Option<String>,
    pub(crate) notice: &'a Notice,
    pub(crate) data: Value,
    pub(crate) words: Words,
}

/// By the account's preferences an in-app notification, a mail, both or nothing; answers which.
pub(crate) async fn deliver(
    db: &Db,
    context: &Context,
    delivery: Delivery<'_>,
) -> Result<Value, DbError> {
    let Delivery {
        key,
        account,
        address,
        notice,
        data,
        words,
    } = delivery;
    let (template, mail) = words.mail.map_or((None, None), |(template, mail)| {
        (Some(template), Some(mail))
    });
    db.write_json(
        include_str!("../../sql/deliver_notification.sql"),
        params![
            context.value(),
            key,
            account,
            notice.name(),
            json!(notice.channels()),
            words.title,
            words.body,
            words.link,
            data,
            template,
            mail,
            address
        ],
    )
    .await
}
