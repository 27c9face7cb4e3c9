//! Whether the operator wants this API at all.

use kit::{Config, Problem};

/// Variables that the service reads.
pub(crate) const VARIABLES: &[&str] = &["conduit", "email_verification"];

/// Whether the variable says so.
pub(crate) fn is_on(config: &Config) -> bool {
    config.variable("conduit").map(str::trim) == Some("on")
}

/// Lets requests in.
///
/// # Errors
/// 404 while it is off, as for any path that nobody serves; 503 where accounts have to prove their addresses, which this API
/// knows nothing about.
pub(crate) fn check(config: &Config) -> Result<(), Problem> {
    if !is_on(config) {
        return Err(Problem::not_found("resource"));
    }
    if config.variable("email_verification").map(str::trim) == Some("required") {
        return Err(Problem::misconfigured(
            "conduit",
            "must be `off` where `email_verification` is `required`: its accounts sign in at once",
        ));
    }
    Ok(())
}
