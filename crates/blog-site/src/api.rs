//! What the component `blog-site` serves.

mod answer;
mod feed;
mod kept;
mod list;
mod name;
mod post;
mod robots;
mod search;
mod sitemap;
mod style;
mod tag;

use kit::limit::Class;
use kit::{AppBuilder, Pages, Service};
use utoipa_axum::router::OpenApiRouter;

/// All pages.
fn pages() -> Pages {
    Pages::new()
        .get("/blog", list::front)
        .get("/blog/search", search::show)
        .get("/blog/tags", tag::list)
        .get("/blog/tags/{tag}", list::topic)
        .get("/blog/tags/{tag}/{file}", feed::topic)
        // A slug, `@` and a username, or a file.
        .get("/blog/{name}", name::show)
        .get("/blog/{name}/{file}", feed::author)
        .get("/robots.txt", robots::show)
        .fallback(answer::no_page)
}

/// What tells a reader in HTML too that it was too often, or that the database is down; a program that asks for a feed is told in JSON.
const PAGES: &[&str] = &["/blog", "/blog/{name}", "/blog/tags/{tag}"];

/// The service behind the component `blog-site`.
#[must_use]
pub fn service(app: AppBuilder) -> Service {
    app.secrets(&["cursor_key"])
        // As the API's search: it is the same statement.
        .limits(&[("GET /blog/search", Class::Search)])
        .pages(pages())
        .problem_page(PAGES, answer::problem)
        .routes(OpenApiRouter::new())
}
