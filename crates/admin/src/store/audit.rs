//! The audit log and its chain.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who did what to whom, from where, and what it was before and after.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AuditRecord {
    pub(crate) id: Uuid,
    /// RFC 3339, UTC.
    at: String,
    /// Id of an account, `task:<kind>`, or `anonymous`.
    actor: String,
    #[schema(example = "account.roles_changed")]
    action: String,
    target_type: String,
    target_id: String,
    /// Of the request that caused it, as in log lines and `x-request-id`.
    request_id: Option<String>,
    /// Personal, as all that follows up to `after`: null once it was erased.
    address: Option<String>,
    agent: Option<String>,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
    /// Place in the chain; null until it is sealed.
    position: Option<i64>,
}

/// What to look for; none asks for nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct AuditFilter {
    pub(crate) actor: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) target_type: Option<String>,
    pub(crate) target_id: Option<String>,
    pub(crate) request_id: Option<String>,
    /// Milliseconds since the Unix epoch; from then on.
    pub(crate) since: Option<i64>,
    /// Milliseconds since the Unix epoch; before then.
    pub(crate) until: Option<i64>,
}

/// Records older than `before`, newest first; one more than `page`, if there are.
pub(crate) async fn list_audit(
    db: &Db,
    filter: &AuditFilter,
    before: Option<Uuid>,
    page: i64,
) -> Result<Vec<AuditRecord>, DbError> {
    let records = db
        .read_json(
            include_str!("../../sql/list_audit.sql"),
            params![
                filter.actor.as_deref(),
                filter.action.as_deref(),
                filter.target_type.as_deref(),
                filter.target_id.as_deref(),
                filter.request_id.as_deref(),
                filter.since,
                filter.until,
                before,
                page
            ],
        )
        .await?;
    Ok(records.unwrap_or_default())
}

/// The end of the chain.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sealed {
    /// Records that were sealed now.
    pub(crate) sealed: i64,
    pub(crate) position: i64,
    /// Hexadecimal.
    pub(crate) hash: String,
    /// Up to where the chain is signed.
    pub(crate) head_position: i64,
}

/// Seals at most `page` records.
pub(crate) async fn seal_audit(db: &Db, page: i64) -> Result<Sealed, DbError> {
    db.write_json(include_str!("../../sql/seal_audit.sql"), params![page])
        .await
}

/// What became of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum KeptHead {
    Kept,
    /// Somebody else had the place signed at the same moment.
    Known,
    /// No record has that place with that hash any more.
    Unknown,
}

/// Keeps what the signer said of a place in the chain.
pub(crate) async fn keep_audit_head(
    db: &Db,
    position: i64,
    hash: &str,
    jws: &str,
) -> Result<KeptHead, DbError> {
    db.write_json(
        include_str!("../../sql/keep_audit_head.sql"),
        params![position, hash, jws],
    )
    .await
}

/// What is wrong with a place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AuditFault {
    /// Place in the chain; null for a record that has none.
    pub(crate) position: Option<i64>,
    pub(crate) audit_id: Option<Uuid>,
    /// `missing`: the record is gone. `changed`: it says something else now. `personal_changed`: its personal part does.
    /// `removed`: the seal is gone. `broken`: it does not follow the one before. `reordered`. `added`: a record behind the
    /// chain's end that was never sealed. `cut`: the chain ends elsewhere than it says. `forged`: the signer signed
    /// something else, or nothing. `rewritten`: the hash is not the one that was written down.
    pub(crate) fault: String,
}

/// One page of a verification.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct VerifiedPage {
    pub(crate) to: i64,
    pub(crate) last: i64,
    pub(crate) checked: i64,
    pub(crate) without_personal: i64,
    pub(crate) faults: Vec<AuditFault>,
    pub(crate) heads: Vec<Head>,
}

/// A signed place in the chain.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Head {
    pub(crate) position: i64,
    /// What the chain has there now, hexadecimal; none if nothing.
    pub(crate) hash: Option<String>,
    pub(crate) jws: String,
}

/// The hash of a place in the chain, hexadecimal.
pub(crate) async fn find_audit_seal(db: &Db, position: i64) -> Result<Option<String>, DbError> {
    db.read_text(
        include_str!("../../sql/find_audit_seal.sql"),
        params![position],
    )
    .await
}

/// Checks `page` places after `after`.
pub(crate) async fn verify_audit(
    db: &Db,
    after: i64,
    page: i64,
) -> Result<Option<VerifiedPage>, DbError> {
    db.read_json(
        include_str!("../../sql/verify_audit.sql"),
        params![after, page],
    )
    .await
}

/// Erases the personal parts of what concerns an account.
pub(crate) async fn erase_personal(
    db: &Db,
    context: &Context,
    user: Uuid,
) -> Result<serde_json::Value, DbError> {
    db.write_json(
        include_str!("../../sql/erase_personal.sql"),
        params![context.value(), user],
    )
    .await
}

/// Removes the limits' buckets that are full.
pub(crate) async fn sweep_token_buckets(db: &Db) -> Result<serde_json::Value, DbError> {
    db.write_json(include_str!("../../sql/sweep_token_buckets.sql"), params![])
        .await
}
