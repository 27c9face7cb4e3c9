//! `/import` and `/export`.

use std::io::{Cursor, Write};

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::problem::ProblemDocument;
use kit::{App, Context, Page, Principal, Problem, Query, Scope, id, page};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::{field, slug, tag};
use crate::renderer::render_into;
use crate::store::transfer as store;
use crate::transfer::{Foreign, archive, front_matter, ghost, own, wordpress};

/// Longest import, bytes.
pub(super) const MAX_IMPORT: usize = 10 * 1024 * 1024;
/// Posts of an import at most: one request renders them all.
const MAX_POSTS: usize = 500;
const LIST: &str = "blog.export";

/// What an export is made of.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportFormat {
    #[default]
    Json,
    /// A zip file with a file for each post.
    Markdown,
}

/// Which form.
#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    format: ExportFormat,
}

/// A zip file with a Markdown file for each post.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is told")]
struct Archive(Vec<u8>);

/// What became of a post of an import.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ImportedPost {
    /// What it is called where it comes from.
    source: String,
    /// `created`; `skipped`, because it was imported before; or `invalid`.
    outcome: String,
    /// Its slug here.
    slug: Option<String>,
    /// What is wrong with it.
    error: Option<String>,
}

/// What came of an import.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ImportResult {
    created: usize,
    skipped: usize,
    invalid: usize,
    posts: Vec<ImportedPost>,
}

/// Imports posts, each once, however often they come: our own export or Ghost's (`application/json`), WordPress' WXR
/// (`application/xml`), or Markdown with front matter: a file (`text/markdown`) or many (`application/zip`). Up to 10 MiB and 500 posts. What
/// had a password there, or was for members alone, comes as a draft.
///
/// Permissions: `posts.write`.
#[utoipa::path(
    post,
    path = "/api/v1/blog/import",
    tag = "blog",
    request_body(content(
        (Value = "application/json"),
        (String = "application/xml"),
        (Archive = "application/zip"),
        (String = "text/markdown"),
    )),
    security(("bearer" = ["posts.write"])),
    responses(
        (status = 200, description = "What became of each post", body = ImportResult),
        (status = 400, description = "The body is not the JSON that it says it is", body = ProblemDocument),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 413, description = "The file is over 10 MiB", body = ProblemDocument),
        (status = 415, description = "The file is of none of these types", body = ProblemDocument),
        (status = 422, description = "The file cannot be read as what it says it is, or holds too many posts", body = ProblemDocument),
    ),
)]
pub(crate) async fn import(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    headers: HeaderMap,
    file: Bytes,
) -> Result<axum::Json<ImportResult>, Problem> {
    principal.require(Scope::PostsWrite)?;
    let author = principal.user_id()?;
    let posts = read(&headers, &file)?;
    if posts.len() > MAX_POSTS {
        return Err(Problem::invalid_field(
            "",
            format!("must hold at most {MAX_POSTS} posts; split it"),
        ));
    }
    let mut invalid = Vec::new();
    let mut good = Vec::new();
    for post in posts {
        let source = without_controls(&post.source)
            .chars()
            .take(500)
            .collect::<String>();
        let id = id::new();
        let wish = slug::from_title(post.slug.as_deref().unwrap_or(&post.title), id);
        match draft(&app, post) {
            Ok(draft) => {
                good.push(json!({"id": id, "source": source, "slug": wish, "draft": draft}));
            }
            Err(error) => invalid.push(ImportedPost {
                source,
                outcome: "invalid".to_owned(),
                slug: None,
                error: Some(error),
            }),
        }
    }
    let context = context.for_principal(&principal);
    let imported = store::import(app.db(), &context, author, good).await?;
    let count = |outcome: &str| {
        imported
            .iter()
            .filter(|post| post.outcome == outcome)
            .count()
    };
    Ok(axum::Json(ImportResult {
        created: count("created"),
        skipped: count("skipped"),
        invalid: invalid.len(),
        posts: imported
            .into_iter()
            .map(|post| ImportedPost {
                source: post.source,
                outcome: post.outcome,
                slug: Some(post.slug),
                error: None,
            })
            .chain(invalid)
            .collect(),
    }))
}

fn read(headers: &HeaderMap, file: &[u8]) -> Result<Vec<Foreign>, Problem> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    // Editors of old put a mark before what is UTF-8 anyway.
    let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
    let unreadable = |error: String| Problem::invalid_field("", error);
    let text = || {
        std::str::from_utf8(file)
            .map_err(|_| unreadable("must be UTF-8".to_owned()))
            .and_then(|text| {
                // In JSON it stands escaped, where the parser finds it: the letters alone may be a post about it.
                if text.contains('\0') {
                    Err(unreadable("must not contain the NUL character".to_owned()))
                } else {
                    Ok(text)
                }
            })
    };
    match kind.as_str() {
        "application/json" => {
            #[derive(Deserialize)]
            struct Form {
                format: Option<String>,
                db: Option<serde::de::IgnoredAny>,
                data: Option<serde::de::IgnoredAny>,
            }
            let form: Form = kit::extract::parse(file)?;
            let text = text()?;
            match form {
                Form { format: Some(format), .. } if format == own::FORMAT => own::read(text),
                Form { db: Some(_), .. } | Form { data: Some(_), .. } => ghost::read(text),
                _ => Err(format!(
                    "must have the member format {:?}, or be an export of Ghost",
                    own::FORMAT
                )),
            }
            .map_err(unreadable)
        }
        "application/xml" | "text/xml" | "application/rss+xml" => {
            wordpress::read(text()?).map_err(unreadable)
        }
        "application/zip" => archive::read(file).map_err(unreadable),
        "text/markdown" => front_matter::read(text()?)
            .map(|post| vec![post])
            .map_err(unreadable),
        _ => Err(Problem::from_status(StatusCode::UNSUPPORTED_MEDIA_TYPE).detail(
            "Send application/json (our export or Ghost's), application/xml (WordPress), text/markdown, or application/zip with \
             Markdown files.",
        )),
    }
}

/// What the database is given, by the same rules as for a post that is written here. What is merely too long is cut, what a post can
/// be without is left out, what a tag cannot hold is a hyphen: a hundred posts should not stay behind for a hundred small reasons.
fn draft(app: &App, post: Foreign) -> Result<Value, String> {
    if let Some(why) = post.unread {
        return Err(why);
    }
    let cut = |text: String, length: usize| text.chars().take(length).collect::<String>();
    let line = |text: &str| {
        let text = without_controls(text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let title = cut(line(&post.title), 200);
    field::title(&title).map_err(|rule| format!("title {rule}"))?;
    let body = without_controls(&post.body);
    field::body(&body).map_err(|rule| format!("body {rule}"))?;
    let summary = post
        .summary
        .map(|summary| match field::summary(&summary) {
            Ok(()) => summary,
            Err(_) => cut(line(&summary), 500),
        })
        .filter(|summary| !summary.trim().is_empty());
    let tags: Vec<String> = post.tags.iter().map(|text| tag::nearest(text)).collect();
    let mut tags = tag::normalise_all(&tags);
    tags.truncate(tag::MAX_TAGS);
    let cover = post
        .cover
        .filter(|(url, _)| field::web_address(url).is_ok())
        .map(|(url, alt)| json!({"url": url, "alt": cut(line(&alt), 500)}));
    let now = app.now_ms();
    let time = |text: Option<String>| text.as_deref().and_then(|text| field::time(text).ok());
    // What would be dated anew, its author should know of.
    if let Some(text) = post.published_at.as_deref().filter(|_| post.published) {
        field::time(text).map_err(|rule| format!("published_at {rule}"))?;
    }
    let published_at = time(post.published_at);
    let mut draft = Map::new();
    draft.insert("title".into(), json!(title));
    draft.insert("summary".into(), json!(summary));
    draft.insert("tags".into(), json!(tags));
    draft.insert("cover".into(), json!(cover));
    draft.insert(
        "canonical_url".into(),
        json!(
            post.canonical_url
                .filter(|url| field::web_address(url).is_ok())
        ),
    );
    draft.insert(
        "series".into(),
        json!(
            post.series
                .map(|series| cut(line(&series), 120))
                .filter(|series| !series.is_empty())
        ),
    );
    let comments = post.comments.unwrap_or_else(|| "open".to_owned());
    if !["open", "moderated", "closed"].contains(&comments.as_str()) {
        return Err("comments must be open, moderated or closed".to_owned());
    }
    draft.insert("comments".into(), json!(comments));
    draft.insert(
        "status".into(),
        json!(if post.published { "published" } else { "draft" }),
    );
    draft.insert("published_at_ms".into(), json!(published_at));
    draft.insert(
        "created_at_ms".into(),
        json!(time(post.created_at).or(published_at).map(|at| at.min(now))),
    );
    render_into(&mut draft, app, body).map_err(|problem| problem.kind().to_owned())?;
    Ok(Value::Object(draft))
}

/// Exports have seen other programs: characters that nobody sees, of which a text may hold none, are no reason to leave a post behind.
fn without_controls(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t'))
        .collect()
}

/// Answers all that the caller wrote, drafts included, for another program or another Spindle. Where a page is full, `Link` leads on.
///
/// Permissions: `posts.read`.
#[utoipa::path(
    get,
    path = "/api/v1/blog/export",
    tag = "blog",
    params(
        ("format" = inline(Option<ExportFormat>), Query, description = "`json` if absent; `markdown` is a zip file of Markdown files with front matter"),
        ("cursor" = Option<String>, Query, description = "From `next_cursor` or `Link`"),
    ),
    security(("bearer" = ["posts.read"])),
    responses(
        (status = 200, description = "`{format, posts, next_cursor}`, up to 100 posts or 8 MB; or the zip file",
            content((Value = "application/json"), (Archive = "application/zip"))),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 422, description = "The format or the cursor is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn export(
    State(app): State<App>,
    principal: Principal,
    Query(Wish { format }): Query<Wish>,
    page: Page,
) -> Result<Response, Problem> {
    principal.require(Scope::PostsRead)?;
    let author = principal.user_id()?;
    let list = format!("{LIST}?{author}");
    let after = page.position::<Uuid>(&app, &list)?;
    let listed = store::export(app.db(), author, after).await?;
    let next = listed
        .last
        .map(|position| page::encode(&app, &list, &position))
        .transpose()?;
    let mut response = match format {
        ExportFormat::Json => {
            let body = format!(
                "{{\"format\":\"{}\",\"posts\":{},\"next_cursor\":{}}}",
                own::FORMAT,
                listed.items,
                json!(next)
            );
            attached(body.into_bytes(), "application/json", "posts.json")
        }
        ExportFormat::Markdown => {
            let posts: Vec<Value> =
                serde_json::from_str(&listed.items).map_err(Problem::internal)?;
            attached(
                archive_of(&posts).map_err(Problem::internal)?,
                "application/zip",
                "posts.zip",
            )
        }
    };
    if let Some(cursor) = next {
        let format = if format == ExportFormat::Json {
            "json"
        } else {
            "markdown"
        };
        let link = format!("</api/v1/blog/export?format={format}&cursor={cursor}>; rel=\"next\"");
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

fn attached(body: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

fn archive_of(posts: &[Value]) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for post in posts {
        let name = post.get("slug").and_then(Value::as_str).unwrap_or("post");
        archive.start_file(format!("{name}.md"), options)?;
        archive.write_all(front_matter::write(post).as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}
