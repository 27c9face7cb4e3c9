//! Profiles in the database.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// A profile as its owner sees it, JSON as the database wrote it.
pub(crate) struct OwnProfile {
    pub(crate) json: String,
    pub(crate) version: i64,
}

/// What a change came to.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    Updated { profile: Value, version: i64 },
    Stale,
    NotFound,
}

/// The account's own profile; none if the account is gone or disabled.
pub(crate) async fn find_own(db: &Db, account: Uuid) -> Result<Option<OwnProfile>, DbError> {
    let rows = db
        .read(include_str!("../sql/own_profile.sql"), params![account])
        .await?;
    rows.first()
        .map(|row| {
            Ok(OwnProfile {
                json: row.get("profile")?,
                version: row.get("version")?,
            })
        })
        .transpose()
}

/// The profile that everybody may see, as JSON.
pub(crate) async fn find_public(
    db: &Db,
    username_key: &str,
    reader: Option<Uuid>,
) -> Result<Option<String>, DbError> {
    db.read_text(
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
