//! `/audit`: who did what, and whether it is still told as it was recorded.

use axum::extract::State;
use chrono::DateTime;
use kit::{App, Context, Json, Page, Permission, Principal, Problem, Query};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit;
use crate::store::audit::{self as store, AuditFault, AuditFilter, AuditRecord};

const LIST: &str = "admin.audit";

/// A page of records, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuditRecords {
    items: Vec<AuditRecord>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct FilterQuery {
    actor: Option<String>,
    action: Option<String>,
    target_type: Option<String>,
    target_id: Option<String>,
    request_id: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

impl FilterQuery {
    fn check(self) -> Result<AuditFilter, Problem> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let filter = AuditFilter {
            actor: given(self.actor),
            action: given(self.action),
            target_type: given(self.target_type),
            target_id: given(self.target_id),
            request_id: given(self.request_id),
            since: moment("from", given(self.from))?,
            until: moment("to", given(self.to))?,
        };
        if filter.target_id.is_some() && filter.target_type.is_none() {
            return Err(Problem::invalid_field(
                "target_type",
                "is required with target_id",
            ));
        }
        Ok(filter)
    }
}

/// Milliseconds since the Unix epoch; 422 for what is no time.
pub(super) fn moment(field: &str, text: Option<String>) -> Result<Option<i64>, Problem> {
    // Ids hold 48 bits of milliseconds, from 1970 on.
    const END: i64 = 1 << 48;
    text.map(|text| {
        DateTime::parse_from_rfc3339(&text)
            .ok()
            .map(|at| at.timestamp_millis())
            .filter(|ms| (0..END).contains(ms))
            .ok_or_else(|| {
                Problem::invalid_field(field, "must be a time such as 2026-01-31T12:00:00Z")
            })
    })
    .transpose()
}

/// Lists what was done.
///
/// Permissions: `audit.read`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/audit",
    tag = "admin",
    params(
        ("actor" = Option<String>, Query, description = "Who did it: an account's id, `task:<kind>`, `anonymous`"),
        ("action" = Option<String>, Query, description = "What was done, `account.roles_changed`"),
        ("target_type" = Option<String>, Query, description = "To what kind of thing"),
        ("target_id" = Option<String>, Query, description = "To which; needs `target_type`"),
        ("request_id" = Option<String>, Query, description = "By which request"),
        ("from" = Option<String>, Query, description = "RFC 3339; from then on"),
        ("to" = Option<String>, Query, description = "RFC 3339; before then"),
        ("limit" = Option<i64>, Query, description = "1 to 100, 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    security(("bearer" = ["audit.read"])),
    responses(
        (status = 200, description = "A page", body = AuditRecords),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `audit.read`", body = kit::problem::ProblemDocument),
        (status = 422, description = "A parameter is not valid", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many searches", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(query): Query<FilterQuery>,
    page: Page,
) -> Result<Json<AuditRecords>, Problem> {
    principal.require_permission(Permission::AuditRead)?;
    let filter = query.check()?;
    let before = page.position::<Uuid>(&app, LIST)?;
    let mut items = store::list_audit(app.db(), &filter, before, page.limit).await?;
    let next_cursor = page.cut(&app, LIST, &mut items, |last| &last.id)?;
    Ok(Json(AuditRecords { items, next_cursor }))
}

#[derive(Deserialize)]
pub(crate) struct VerificationQuery {
    after: Option<i64>,
    position: Option<i64>,
    hash: Option<String>,
}

/// Whether the log is as it was recorded.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AuditVerification {
    /// True if nothing is wrong in what was checked.
    intact: bool,
    /// False if time ran out: go on with `after` = `checked_to`.
    complete: bool,
    /// Places in the chain that were checked.
    checked: i64,
    checked_to: i64,
    /// The end of the chain.
    last_position: i64,
    /// Hash of the chain's end, hexadecimal: write it down elsewhere, and ask for it again with `position` and `hash`.
    last_hash: String,
    /// Signed places whose signature was checked.
    signatures: i64,
    /// The last signed place.
    signed_to: i64,
    /// Records whose personal part was erased, as people may ask; their hash stays.
    without_personal: i64,
    /// The first hundred.
    faults: Vec<AuditFault>,
}

/// Seals what is not sealed yet, and checks the chain: each record's hash, the order, and the signatures.
///
/// Permissions: `audit.read`.
#[utoipa::path(
    get,
    path = "/api/v1/admin/audit/verify",
    tag = "admin",
    params(
        ("after" = Option<i64>, Query, description = "Place in the chain to begin after; 0 if absent"),
        ("position" = Option<i64>, Query, description = "With `hash`: a place that was written down elsewhere"),
        ("hash" = Option<String>, Query, description = "The hash that it had then"),
    ),
    security(("bearer" = ["audit.read"])),
    responses(
        (status = 200, description = "What was found", body = AuditVerification),
        (status = 401, description = "No or bad credential", body = kit::problem::ProblemDocument),
        (status = 403, description = "Lacks `audit.read`", body = kit::problem::ProblemDocument),
        (status = 422, description = "A parameter is not valid", body = kit::problem::ProblemDocument),
        (status = 429, description = "Too many verifications", body = kit::problem::ProblemDocument),
        (status = 503, description = "The signer does not answer", body = kit::problem::ProblemDocument),
    ),
)]
pub(crate) async fn verify(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Query(query): Query<VerificationQuery>,
) -> Result<Json<AuditVerification>, Problem> {
    principal.require_permission(Permission::AuditRead)?;
    let after = query.after.unwrap_or(0);
    if !(0..1 << 53).contains(&after) {
        return Err(Problem::invalid_field(
            "after",
            "must be a place in the chain",
        ));
    }
    let noted = match (query.position, query.hash) {
        (None, None) => None,
        (Some(position), Some(hash))
            if position > 0
                && hash.len() == 64
                && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            Some((position, hash.to_ascii_lowercase()))
        }
        _ => {
            return Err(Problem::invalid_field(
                "hash",
                "must be 64 hexadecimal digits, with the position that had it",
            ));
        }
    };
    let context = context.for_principal(&principal);
    let sealed = audit::seal(&app).await?;
    let mut found = audit::verify(&app, &context, after, noted.as_ref()).await?;
    if found.complete && found.faults.is_empty() {
        // Only now: what was rewritten must not be signed because somebody looked.
        audit::sign(&app, &context, &sealed).await?;
        found.signed_to = sealed.position;
    }
    Ok(Json(AuditVerification {
        intact: found.faults.is_empty(),
        complete: found.complete,
        checked: found.checked,
        checked_to: found.checked_to,
        last_position: sealed.position,
        last_hash: sealed.hash,
        signatures: found.signatures,
        signed_to: found.signed_to,
        without_personal: found.without_personal,
        faults: found.faults,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_ends_that_are_times() {
        for text in [
            "yesterday",
            "2026-01-31",
            "1969-12-31T23:59:59Z",
            "2026-13-01T00:00:00Z",
        ] {
            assert!(moment("from", Some(text.to_owned())).is_err(), "{text}");
        }
        let noon = moment("from", Some("2026-01-31T13:00:00.5+01:00".to_owned()));
        assert_eq!(noon.ok().flatten(), Some(1_769_860_800_500));
    }
}
