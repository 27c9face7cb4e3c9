//! `/tags`.

use axum::extract::State;
use kit::{App, Problem, RawJson};

use crate::store;

/// Lists tags, those of most articles first. One that was used just now is among them.
///
/// Permissions: none.
#[utoipa::path(get, path = "/conduit/api/tags", tag = "conduit")]
pub(crate) async fn list(State(app): State<App>) -> Result<RawJson, Problem> {
    store::list_tags(app.db())
        .await?
        .map(RawJson)
        .ok_or_else(|| Problem::internal("the list answered nothing"))
}
