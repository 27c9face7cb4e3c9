//! Answers that more than one service gives.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

/// JSON text that the database made, passed through as it is.
#[derive(Clone, Debug)]
pub struct RawJson(pub String);

impl IntoResponse for RawJson {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        response
    }
}

/// 201 with `Location` and, if there is one, `ETag`.
#[derive(Clone, Debug)]
pub struct Created<T> {
    /// Path of the new resource.
    pub location: String,
    /// Its entity tag.
    pub etag: Option<String>,
    /// True when this answers a repeated `Idempotency-Key`: the resource was made by an earlier request.
    pub replayed: bool,
    /// The resource.
    pub body: T,
}

impl<T: IntoResponse> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let response = (StatusCode::CREATED, self.body).into_response();
        of_resource(
            response,
            &self.location,
            self.etag.as_deref(),
            self.replayed,
        )
    }
}

/// 202 with `Location` and `ETag`: it is written down, and will be done.
#[derive(Clone, Debug)]
pub struct Accepted<T> {
    /// Path of the resource that shows what becomes of it.
    pub location: String,
    /// Its entity tag.
    pub etag: String,
    /// True when this answers a repeated `Idempotency-Key`: an earlier request was accepted.
    pub replayed: bool,
    /// The resource as it is now.
    pub body: T,
}

impl<T: IntoResponse> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        let response = (StatusCode::ACCEPTED, self.body).into_response();
        of_resource(response, &self.location, Some(&self.etag), self.replayed)
    }
}

/// The answer with the headers that tell which resource it is about.
fn of_resource(
    mut response: Response,
    location: &str,
    etag: Option<&str>,
    replayed: bool,
) -> Response {
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(header::LOCATION, location);
    }
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
        headers.insert(header::ETAG, etag);
    }
    if replayed {
        headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    response
}

/// 200 with an entity tag.
#[derive(Clone, Debug)]
pub struct WithEtag<T>(pub String, pub T);

impl<T: IntoResponse> IntoResponse for WithEtag<T> {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        if let Ok(etag) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

/// 204.
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}
