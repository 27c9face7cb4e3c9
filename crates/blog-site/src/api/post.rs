//! `/blog/{slug}`: a post; an old slug leads to the new one.

use axum::response::{IntoResponse, Response};
use blog::domain::slug;
use http::{HeaderValue, StatusCode, header};
use kit::{App, IfNoneMatch, Page, Problem, page as cursor};

use crate::page;
use crate::page::post::Talk;
use crate::respond::{HTML, document};
use crate::store::{self, Found};

/// Of a page of comments. Without the slug, which may be another by then.
const COMMENTS: &str = "blog-site.comments";

/// `page` is of the comments.
pub(crate) async fn post(
    app: &App,
    known: &IfNoneMatch,
    name: &str,
    query: Option<&str>,
    page: Option<Page>,
) -> Result<Option<Response>, Problem> {
    let key = slug::normalise(name);
    let after: Option<String> = match page {
        Some(page) => page.position(app, COMMENTS)?,
        None => None,
    };
    let first = after.is_none();
    match store::post(app.db(), &key, after).await? {
        None => Ok(None),
        Some(Found::Moved(slug)) => {
            let query = query.map(|query| format!("?{query}")).unwrap_or_default();
            Ok(Some(moved(&format!("{}{query}", page::post_path(&slug)))))
        }
        Some(Found::Post {
            post,
            comments,
            last_comment,
        }) => {
            let newest = comments
                .iter()
                .map(|comment| comment.created_at.as_str())
                .chain([post.head.modified_at()])
                .max();
            let more = last_comment
                .map(|position| cursor::encode(app, COMMENTS, &position))
                .transpose()?
                .map(|cursor| format!("{}?cursor={cursor}", page::post_path(&post.head.slug)));
            let talk = Talk {
                comments: &comments,
                first,
                more: more.as_deref(),
            };
            let body = page::post::post(&app.config().public_url, &post, &talk);
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
