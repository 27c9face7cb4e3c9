//! Profiles in the database.

use kit::db::Versioned;
use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// What a change came to.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    Updated { profile: Value, version: i64 },
    UnknownTimeZone,
    Stale,
    NotFound,
}

/// The account's own profile; none if the account is gone or disabled.
pub(crate) async fn find_own(db: &Db, account: Uuid) -> Result<Option<Versioned>, DbError> {
    db.read_versioned(include_str!("../sql/own_profile.sql"), params![account])
        .await
}

/// The profile that everybody may see, its version told from what it says, which comes from several tables; none if there is no such
/// account.
pub(crate) async fn find_public(
    db: &Db,
    username_key: &str,
    reader: Option<Uuid>,
) -> Result<Option<Versioned>, DbError> {
    db.read_versioned(
        include_str!("../sql/public_profile.sql"),
        params![username_key, reader],
    )
    .await
}

/// Changes what `changes` names, if the profile is still at `expected`.
pub(crate) async fn update(
    db: &Db,
    context: &Context,
    account: Uuid,
    expected: Option<i64>,
    changes: Value,
) -> Result<Outcome, DbError> {
    db.write_json(
        include_str!("../sql/update_profile.sql"),
        params![context.value(), account, expected, changes],
    )
    .await
}

/// A place in a list of follows: time in milliseconds, and id.
pub(crate) type Position = (i64, Uuid);

/// A page as the database wrote it, a JSON array, and where the next one begins.
pub(crate) struct Listed {
    pub(crate) items: String,
    pub(crate) last: Option<Position>,
}

/// What following came to.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Follow {
    Followed { profile: Value },
    Oneself,
    NotFound,
}

/// What a step came to.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Step {
    Taken { onboarding: Value, version: i64 },
    Unknown,
    NotSkippable,
    OutOfOrder { next: String },
    Unfinished { next: String },
    Completed,
    Stale,
}

/// Follows an account, or no longer.
pub(crate) async fn set_follow(
    db: &Db,
    context: &Context,
    follower: Uuid,
    username_key: &str,
    wanted: bool,
) -> Result<Follow, DbError> {
    db.write_json(
        include_str!("../sql/set_follow.sql"),
        params![context.value(), follower, username_key, wanted],
    )
    .await
}

/// A page of those who follow an account, or whom it follows; none without such an account.
pub(crate) async fn find_follows(
    db: &Db,
    username_key: &str,
    followers: bool,
    reader: Option<Uuid>,
    after: Option<Position>,
    limit: i64,
) -> Result<Option<Listed>, DbError> {
    let (after_ms, after_id) = after.unzip();
    let rows = db
        .read(
            include_str!("../sql/list_follows.sql"),
            params![username_key, followers, reader, after_ms, after_id, limit],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let last = row
        .get::<Option<i64>>("last_ms")?
        .zip(row.get::<Option<Uuid>>("last_id")?);
    Ok(row
        .get::<Option<String>>("items")?
        .map(|items| Listed { items, last }))
}

/// How far an account's onboarding is, as JSON, and the version for its entity tag.
pub(crate) async fn find_onboarding(db: &Db, account: Uuid) -> Result<(String, i64), DbError> {
    let rows = db
        .read(include_str!("../sql/onboarding.sql"), params![account])
        .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbError::decode("onboarding", "answered nothing"))?;
    Ok((row.get("onboarding")?, row.get("version")?))
}

/// Does or skips a step, if onboarding is still at `expected`.
pub(crate) async fn take_step(
    db: &Db,
    context: &Context,
    account: Uuid,
    expected: Option<i64>,
    step: &str,
    skip: bool,
    data: Option<Value>,
) -> Result<Step, DbError> {
    db.write_json(
        include_str!("../sql/take_onboarding_step.sql"),
        params![context.value(), account, expected, step, skip, data],
    )
    .await
}

/// Completes onboarding.
pub(crate) async fn complete_onboarding(
    db: &Db,
    context: &Context,
    account: Uuid,
    expected: Option<i64>,
) -> Result<Step, DbError> {
    db.write_json(
        include_str!("../sql/complete_onboarding.sql"),
        params![context.value(), account, expected],
    )
    .await
}

/// Leaves the next follows of an account out of the counts, or puts them back; answers whether there are more.
pub(crate) async fn count_follows(db: &Db, account: Uuid) -> Result<bool, DbError> {
    db.write_json(
        include_str!("../sql/count_follows_of.sql"),
        params![account],
    )
    .await
}

/// Erases what a deleted account left here, or a part of much; answers whether more is left.
pub(crate) async fn erase(db: &Db, context: &Context, account: Uuid) -> Result<bool, DbError> {
    db.write_json(
        include_str!("../sql/erase_account.sql"),
        params![context.value(), account],
    )
    .await
}
