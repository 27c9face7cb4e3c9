//! What happens to accounts: a deleted one loses its keys and bots here.

use axum::extract::State;
use kit::event::Event;
use kit::{App, NoContent, Problem};
use serde::Deserialize;
use uuid::Uuid;

use crate::store;

#[derive(Deserialize)]
struct Deleted {
    user_id: Uuid,
}

/// Takes `user.events`.
pub(crate) async fn event(State(app): State<App>, event: Event) -> Result<NoContent, Problem> {
    if event.kind == "user.deleted" {
        let deleted: Deleted = event.data_as()?;
        store::key::erase_user(app.db(), &event.context, deleted.user_id).await?;
    }
    Ok(NoContent)
}
