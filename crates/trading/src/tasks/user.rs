//! What happens to accounts: a deleted one loses its keys and bots here, one that may not run bots any more has them stopped.

use axum::extract::State;
use kit::event::Event;
use kit::{App, NoContent, Problem};
use serde::Deserialize;
use uuid::Uuid;

use crate::{disconnection, store};

#[derive(Deserialize)]
struct OfUser {
    user_id: Uuid,
}

/// Takes `user.events`.
pub(crate) async fn event(State(app): State<App>, event: Event) -> Result<NoContent, Problem> {
    match event.kind.as_str() {
        "user.deleted" => {
            let deleted: OfUser = event.data_as()?;
            let left = store::key::begin_erasure(app.db(), &event.context, deleted.user_id).await?;
            disconnection::take_back(&app, &event.context, &left.orders).await;
            store::key::erase_user(app.db(), &event.context, deleted.user_id).await?;
        }
        // Whatever changed: what the account may do is read where it is kept, so that events in any order come to the same.
        "user.updated" => {
            let updated: OfUser = event.data_as()?;
            store::bot::stop_unpermitted(app.db(), &event.context, updated.user_id).await?;
        }
        _ => {}
    }
    Ok(NoContent)
}
