//! What the component `blog-site` serves.

use std::time::Duration;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use blog::domain::{slug, tag};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::limit::Class;
use kit::{App, AppBuilder, Page, Pages, Problem, Query, Service, page as cursor, path_segment};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::feed::{self, Format};
use crate::page;
use crate::respond::{document, failure};
use crate::sitemap;
use crate::store::{self, Found, Subject};

const HTML: &str = "text/html; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";
/// Posts of a page.
const PAGE: i64 = 15;
/// Posts of a feed.
const FEED: i64 = 30;
/// How old a feed may be: whoever reads feeds asks every few minutes at most.
const FEED_LIFE: Duration = Duration::from_secs(30);
/// How old the sitemap of a month may be: crawlers come a few times a day, and it may have 50,000 lines.
const SITEMAP_LIFE: Duration = Duration::from_secs(300);

/// All pages.
fn pages() -> Pages {
    Pages::new()
        .get("/blog", front)
        .get("/blog/search", search)
        .get("/blog/tags", topics)
        .get("/blog/tags/{tag}", topic)
        .get("/blog/tags/{tag}/{file}", topic_feed)
        // A slug, `@` and a username, or a file.
        .get("/blog/{name}", named)
        .get("/blog/{name}/{file}", author_feed)
        .fallback(async |State(app): State<App>| not_found(&app))
}

/// The service behind the component `blog-site`.
#[must_use]
pub fn service(app: AppBuilder) -> Service {
    app.secrets(&["cursor_key"])
        // As the API's search: it is the same statement.
        .limits(&[("GET /blog/search", Class::Search)])
        .pages(pages())
        .routes(OpenApiRouter::new())
}

async fn front(State(app): State<App>, headers: HeaderMap, page: Page) -> Response {
    answer(
        &app,
        posts(&app, &headers, Subject::default(), "/blog/", page).await,
    )
}

async fn topic(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    page: Page,
) -> Response {
    let Ok(tag) = tag::normalise(&name) else {
        return not_found(&app);
    };
    let path = page::tag_path(&tag);
    let subject = Subject {
        tag: Some(tag),
        author: None,
    };
    answer(&app, posts(&app, &headers, subject, &path, page).await)
}

async fn topic_feed(
    State(app): State<App>,
    Path((name, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let (Ok(tag), Some(format)) = (tag::normalise(&name), Format::of(&file)) else {
        return not_found(&app);
    };
    let subject = Subject {
        tag: Some(tag),
        author: None,
    };
    answer(&app, feed(&app, &headers, subject, format).await)
}

async fn author_feed(
    State(app): State<App>,
    Path((name, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let (Some(username), Some(format)) = (name.strip_prefix('@'), Format::of(&file)) else {
        return not_found(&app);
    };
    let subject = Subject {
        author: Some(case_folding::fold(username)),
        tag: None,
    };
    answer(&app, feed(&app, &headers, subject, format).await)
}

async fn named(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    page: Page,
) -> Response {
    if let Some(username) = name.strip_prefix('@') {
        let key = case_folding::fold(username);
        let path = page::author_path(&key);
        let subject = Subject {
            author: Some(key),
            tag: None,
        };
        return answer(&app, posts(&app, &headers, subject, &path, page).await);
    }
    if let Some(format) = Format::of(&name) {
        return answer(&app, feed(&app, &headers, Subject::default(), format).await);
    }
    // Slugs have no dot, so what has one is a file.
    if name.contains('.') {
        return answer(&app, file(&app, &headers, &name).await);
    }
    answer(&app, post(&app, &headers, &name, query.as_deref()).await)
}

async fn topics(State(app): State<App>, headers: HeaderMap) -> Response {
    let page = async {
        let tags = store::tags(app.db()).await?;
        let body = page::list::topics(&app.config().public_url, &tags);
        Ok(Some(document(&headers, HTML, None, body)))
    };
    answer(&app, page.await)
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    q: String,
}

async fn search(
    State(app): State<App>,
    Query(Words { q }): Query<Words>,
    headers: HeaderMap,
    page: Page,
) -> Response {
    let page = async {
        let words: String = q.trim().chars().take(200).collect();
        let origin = &app.config().public_url;
        if words.is_empty() {
            let body = page::search::search(origin, "", &[], None, None);
            return Ok(Some(document(&headers, HTML, None, body)));
        }
        let list = format!("blog-site.search?{words}");
        let after = page.position::<(f64, Uuid)>(&app, &list)?;
        let (hits, last, corrected) = store::search(app.db(), &words, after).await?;
        let more = last
            .map(|position| cursor::encode(&app, &list, &position))
            .transpose()?
            .map(|cursor| format!("/blog/search?q={}&cursor={cursor}", path_segment(&words)));
        let body =
            page::search::search(origin, &words, &hits, corrected.as_deref(), more.as_deref());
        Ok(Some(document(&headers, HTML, None, body)))
    };
    answer(&app, page.await)
}

/// A list of posts; none without such an author.
async fn posts(
    app: &App,
    headers: &HeaderMap,
    subject: Subject,
    path: &str,
    page: Page,
) -> Result<Option<Response>, Problem> {
    let list = format!("blog-site.posts?{path}");
    let after = page.position::<(i64, Uuid)>(app, &list)?;
    let Some(found) = store::list(app.db(), &subject, after, PAGE).await? else {
        return Ok(None);
    };
    let older = found
        .last_ms
        .zip(found.last_id)
        .map(|position| cursor::encode(app, &list, &position))
        .transpose()?
        .map(|cursor| format!("{path}?cursor={cursor}"));
    let newest = found
        .items
        .iter()
        .map(|head| head.updated_at.as_str())
        .max();
    let body = page::list::list(
        &app.config().public_url,
        &subject,
        &found,
        older.as_deref(),
        after.is_none(),
    );
    Ok(Some(document(headers, HTML, newest, body)))
}

async fn post(
    app: &App,
    headers: &HeaderMap,
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
                .chain([post.head.updated_at.as_str()])
                .max();
            let body = page::post::post(&app.config().public_url, &post, &comments, more_comments);
            Ok(Some(document(headers, HTML, newest, body)))
        }
    }
}

async fn feed(
    app: &App,
    headers: &HeaderMap,
    subject: Subject,
    format: Format,
) -> Result<Option<Response>, Problem> {
    let about = match (&subject.author, &subject.tag) {
        (Some(author), _) => format!(".@{author}"),
        (None, Some(tag)) => format!(".#{tag}"),
        (None, None) => String::new(),
    };
    let key = format!("blog-site.feed.{}{about}", format.name());
    let written: Result<Written, Unkept> = app
        .cached(&key, FEED_LIFE, || async {
            let found = store::feed(app.db(), &subject, FEED).await;
            let found = found
                .map_err(|error| Unkept::Failed(error.into()))?
                .ok_or(Unkept::Nobodys)?;
            let written = Written {
                body: feed::write(&app.config().public_url, &subject, &found, format),
                updated: Some(feed::updated(&found).to_owned()),
            };
            if found.items.is_empty() {
                return Err(Unkept::Empty(written));
            }
            Ok(written)
        })
        .await;
    let kind = format.media_type();
    Ok(written_or_not(written)?
        .map(|written| document(headers, kind, written.updated.as_deref(), written.body)))
}

/// The posts of a month.
async fn month(app: &App, headers: &HeaderMap, month: &str) -> Result<Option<Response>, Problem> {
    let written: Result<Written, Unkept> = app
        .cached(
            &format!("blog-site.sitemap.{month}"),
            SITEMAP_LIFE,
            || async {
                let places = store::month(app.db(), month)
                    .await
                    .map_err(|error| Unkept::Failed(error.into()))?;
                let written = Written {
                    body: sitemap::month(&app.config().public_url, &places),
                    updated: None,
                };
                if places.is_empty() {
                    return Err(Unkept::Empty(written));
                }
                Ok(written)
            },
        )
        .await;
    Ok(written_or_not(written)?.map(|written| document(headers, XML, None, written.body)))
}

/// A feed or a sitemap as it is kept.
#[derive(Serialize, Deserialize)]
struct Written {
    body: String,
    /// RFC 3339.
    updated: Option<String>,
}

/// Why it is not kept. The store has no expiry of its own: it would fill with the names that somebody makes up.
enum Unkept {
    Nobodys,
    Empty(Written),
    Failed(Problem),
}

/// What was kept or made; none if it is nobody's.
fn written_or_not(written: Result<Written, Unkept>) -> Result<Option<Written>, Problem> {
    match written {
        Ok(written) | Err(Unkept::Empty(written)) => Ok(Some(written)),
        Err(Unkept::Nobodys) => Ok(None),
        Err(Unkept::Failed(problem)) => Err(problem),
    }
}

/// The style sheet and the sitemaps.
async fn file(app: &App, headers: &HeaderMap, name: &str) -> Result<Option<Response>, Problem> {
    let origin = &app.config().public_url;
    if page::STYLE_PATH.strip_prefix("/blog/") == Some(name) {
        let mut response = document(
            headers,
            "text/css; charset=utf-8",
            None,
            page::STYLE.to_owned(),
        );
        response.headers_mut().insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        );
        return Ok(Some(response));
    }
    if name == "sitemap.xml" {
        let months = store::months(app.db()).await?;
        return Ok(Some(document(
            headers,
            XML,
            None,
            sitemap::index(origin, &months),
        )));
    }
    let Some(month) = sitemap::month_of(name) else {
        return Ok(None);
    };
    self::month(app, headers, month).await
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

/// What a page came to: a reader is told in HTML too.
fn answer(app: &App, outcome: Result<Option<Response>, Problem>) -> Response {
    match outcome {
        Ok(Some(response)) => response,
        Ok(None) => not_found(app),
        // Our own faults are logged as problems, with their cause.
        Err(problem) if problem.status().is_server_error() => problem.into_response(),
        Err(_) => failure(
            StatusCode::BAD_REQUEST,
            page::sorry(
                &app.config().public_url,
                "This address is not valid",
                "It may have been cut off on its way here.",
            ),
        ),
    }
}

fn not_found(app: &App) -> Response {
    failure(
        StatusCode::NOT_FOUND,
        page::sorry(
            &app.config().public_url,
            "There is no such page",
            "It may have been taken back by its author, or never been here.",
        ),
    )
}
