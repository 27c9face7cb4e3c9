//! What support writes into a ticket.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;

/// A message of support.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Answer {
    /// Plain text, 1 to 5,000 characters.
    #[schema(min_length = 1, max_length = 5000)]
    #[garde(custom(|text: &str, _: &()| super::body(text).map_err(garde::Error::new)))]
    pub body: String,
    /// Only support sees it; the ticket's state stays and nobody is told.
    #[serde(default)]
    pub internal: bool,
    /// The ticket's state after a message that is not internal; else `answered`.
    #[serde(default)]
    pub state: Option<State>,
}
