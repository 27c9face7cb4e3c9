//! Methods of routes that do something when they are asked.

use http::{Method, StatusCode, header};
use kit::Problem;

/// Refuses HEAD, which axum answers by the handler of GET: what comes of that, a code or a sign-out, must not come of HEAD (RFC 9110
/// section 9.2.1). `allowed` are the methods of the route.
pub(crate) fn refuse_head(method: &Method, allowed: &str) -> Result<(), Problem> {
    if method != Method::HEAD {
        return Ok(());
    }
    let refusal = Problem::from_status(StatusCode::METHOD_NOT_ALLOWED);
    Err(refusal.header(header::ALLOW, allowed))
}
