//! What is made for programs that ask often: kept as it was written.

use kit::Problem;
use serde::{Deserialize, Serialize};

/// A feed as it is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) body: String,
    /// RFC 3339.
    pub(crate) updated: Option<String>,
}

/// Why it is not kept. The store has no expiry of its own: it would fill with the names that somebody makes up.
pub(crate) enum Unkept {
    Nobodys,
    Empty(Written),
    Failed(Problem),
}

/// What was kept or made; none if it is nobody's.
pub(crate) fn written_or_not(written: Result<Written, Unkept>) -> Result<Option<Written>, Problem> {
    match written {
        Ok(written) | Err(Unkept::Empty(written)) => Ok(Some(written)),
        Err(Unkept::Nobodys) => Ok(None),
        Err(Unkept::Failed(problem)) => Err(problem),
    }
}
