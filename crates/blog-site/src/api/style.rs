//! `/blog/style-<hash>.css`: kept for a year, as another has another name.

use axum::response::Response;
use http::{HeaderValue, header};
use kit::IfNoneMatch;

use crate::page;
use crate::respond::document;

pub(crate) fn sheet(known: &IfNoneMatch) -> Response {
    let mut response = document(
        known,
        "text/css; charset=utf-8",
        None,
        page::STYLE.to_owned(),
    );
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    response
}
