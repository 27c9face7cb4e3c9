//! Authorization codes.

use kit::{Context, Db, DbError, params};
use serde::Deserialize;
use uuid::Uuid;

use super::grant::{Grant, GrantDetails};
use crate::domain::Hash;

/// A code to issue.
pub(crate) struct NewCode<'a> {
    /// The kept request that it answers, which is over then.
    pub(crate) request: Option<&'a Hash>,
    pub(crate) session: Uuid,
    pub(crate) client: &'a str,
    pub(crate) code: Hash,
    pub(crate) grant: Uuid,
    pub(crate) details: &'a GrantDetails,
    /// Whether the person has just agreed.
    pub(crate) consenting: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum IssuedCode {
    Issued,
    ConsentRequired,
    /// The request was answered already.
    Over,
    Refused,
}

/// Lets a client in.
pub(crate) async fn issue(
    db: &Db,
    context: &Context,
    code: NewCode<'_>,
) -> Result<IssuedCode, DbError> {
    let details =
        serde_json::to_value(code.details).map_err(|error| DbError::decode("details", error))?;
    db.write_json(
        include_str!("../../../sql/oauth_issue_code.sql"),
        params![
            context.value(),
            code.request.map(Hash::to_vec),
            code.session,
            code.client,
            code.code.to_vec(),
            code.grant,
            details,
            code.consenting
        ],
    )
    .await
}

/// A code with what must fit it.
pub(crate) struct PresentedCode<'a> {
    pub(crate) code: Hash,
    pub(crate) client: &'a str,
    pub(crate) redirect_uri: Option<&'a str>,
    /// What the verifier leads to.
    pub(crate) challenge: Option<String>,
    pub(crate) jkt: Option<&'a str>,
    pub(crate) resources: Option<Vec<String>>,
    pub(crate) refresh: Option<Hash>,
    pub(crate) jti: Uuid,
}

#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum RedeemedCode {
    Redeemed { grant: Box<Grant> },
    Replayed,
    Refused { reason: String },
}

/// Exchanges a code for its grant.
pub(crate) async fn redeem(
    db: &Db,
    context: &Context,
    code: PresentedCode<'_>,
) -> Result<RedeemedCode, DbError> {
    db.write_json(
        include_str!("../../../sql/oauth_redeem_code.sql"),
        params![
            context.value(),
            code.code.to_vec(),
            code.client,
            code.redirect_uri,
            code.challenge,
            code.jkt,
            code.resources,
            code.refresh.map(|hash| hash.to_vec()),
            code.jti
        ],
    )
    .await
}
