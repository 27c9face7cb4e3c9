//! What support changes of a ticket.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Category, Priority, State};

/// Changes of a ticket; what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct TicketChanges {
    /// Any of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// How soon it needs an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Account of who deals with it, who holds `support.manage`; null for nobody.
    #[serde(
        default,
        deserialize_with = "kit::extract::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<Uuid>)]
    pub assignee_id: Option<Option<Uuid>>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_stays_and_null_clears() {
        for (sent, kept) in [
            (json!({}), json!({})),
            (
                json!({"assignee_id": null, "more": 1}),
                json!({"assignee_id": null}),
            ),
            (
                json!({"state": "solved", "priority": "high"}),
                json!({"state": "solved", "priority": "high"}),
            ),
        ] {
            let changes: TicketChanges = serde_json::from_value(sent).unwrap();
            assert_eq!(serde_json::to_value(changes).unwrap(), kept);
        }
    }
}
