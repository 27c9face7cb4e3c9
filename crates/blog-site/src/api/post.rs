//! `/blog/{slug}`: a post; an old slug leads to the new one.

use axum::response::{IntoResponse, Response};
use blog::domain::slug;
use http::{HeaderValue, StatusCode, header};
use kit::{App, IfNoneMatch, Problem};

use crate::page;
use crate::respond::{HTML, document};
use crate::store::{self, Found};

pub(crate) async fn post(
    app: &App,
    known: &IfNoneMatch,
    name: &str,
    query: Option<&str>,
) -> Result<Option<Response>, Problem> {
    let key = slug::normalise(name);
    match store::post(app.db(), &key).await? {
        None => Ok(None),
        Some(Found::Moved(slug)) => {
            let query = query.map(|query| format!("?{query}")).unwrap_or_default();
            Ok(Some(moved(&format!("{}{query}", page::post_path(&slug)))))
        }
        Some(Found::Post {
            post,
            comments,
            more_comments,
        }) => {
            let newest = comments
                .iter()
                .map(|comment| comment.created_at.as_str())
                .chain([post.head.modified_at()])
                .max();
            let body = page::post::post(&app.config().public_url, &post, &comments, more_comments);
            Ok(Some(document(known, HTML, newest, body)))
        }
    }
}

fn moved(location: &str) -> Response {
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, no-cache"),
    );
    response
}
