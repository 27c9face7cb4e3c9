//! What owners are told about their accounts.

use serde_json::Value;

use crate::database::Database;

/// The data of the last notification of this type; null if there is none. What becomes of it is the preferences' business.
pub(crate) async fn last_notice(db: &Database, kind: &str) -> Value {
    db.json(
        "select (select payload -> 'data' from platform.tasks
            where kind = 'notify' and payload ->> 'type' = $1
            order by id desc limit 1)::text",
        &[&kind],
    )
    .await
}
