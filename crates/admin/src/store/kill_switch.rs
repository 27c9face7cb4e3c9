//! The switch that stops bots and orders.

use kit::{Context, Db, DbError, params};
use serde::{Deserialize, Serialize};

/// Whether the switch is engaged by now.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct KillSwitch {
    /// True: no order passes.
    engaged: bool,
    /// Bots that were stopped by this request.
    #[serde(default)]
    stopped: i64,
}

/// Stops all bots of a scope, and lets no order of it through.
pub(crate) async fn engage(
    db: &Db,
    context: &Context,
    scope: &str,
    reason: &str,
) -> Result<KillSwitch, DbError> {
    db.write_json(
        include_str!("../../sql/engage_kill_switch.sql"),
        params![context.value(), scope, reason],
    )
    .await
}

/// Lets orders through again; bots stay stopped.
pub(crate) async fn release(
    db: &Db,
    context: &Context,
    scope: &str,
) -> Result<KillSwitch, DbError> {
    db.write_json(
        include_str!("../../sql/release_kill_switch.sql"),
        params![context.value(), scope],
    )
    .await
}
