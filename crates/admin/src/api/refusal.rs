//! What more than one resource refuses.

use kit::{Permission, Problem};

/// The token says so, but it is not so any more.
pub(crate) fn lacks(permission: Permission) -> Problem {
    Problem::forbidden(format!("This needs the permission {}.", permission.name()))
}

pub(crate) fn last_admin() -> Problem {
    Problem::conflict(
        "conflict",
        "This is the last administrator; give somebody else the role first.",
    )
}
