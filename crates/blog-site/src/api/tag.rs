//! `/blog/tags`: tags by use.

use axum::extract::State;
use axum::response::Response;
use kit::{App, IfNoneMatch};

use super::answer::answer;
use crate::respond::{HTML, document};
use crate::{page, store};

pub(crate) async fn list(State(app): State<App>, known: IfNoneMatch) -> Response {
    let page = async {
        let tags = store::tags(app.db()).await?;
        let body = page::list::topics(&app.config().public_url, &tags);
        Ok(Some(document(&known, HTML, None, body)))
    };
    answer(&app, page.await)
}
