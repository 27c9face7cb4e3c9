//! What a reader is told.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kit::{App, Problem};

use crate::page;
use crate::respond::failure;

/// What a page came to: a reader is told in HTML too.
pub(crate) fn answer(app: &App, outcome: Result<Option<Response>, Problem>) -> Response {
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

pub(crate) fn not_found(app: &App) -> Response {
    failure(
        StatusCode::NOT_FOUND,
        page::sorry(
            &app.config().public_url,
            "There is no such page",
            "It may have been taken back by its author, or never been here.",
        ),
    )
}

/// What went wrong before a page was made, or while it was.
pub(crate) fn problem(app: &App, problem: &Problem, request_id: &str) -> Response {
    let words = match problem.status() {
        StatusCode::TOO_MANY_REQUESTS => {
            "That was too often; wait a little before you try again.".to_owned()
        }
        status if status.is_server_error() => format!(
            "Try again in a little while. If it happens again, tell whoever runs this blog the number of your request: {request_id}"
        ),
        _ => "Your browser sent something that this page can't read.".to_owned(),
    };
    let body = page::sorry(&app.config().public_url, "This did not work", &words);
    failure(problem.status(), body)
}

/// Of an address that is no page's.
pub(crate) async fn no_page(State(app): State<App>) -> Response {
    not_found(&app)
}
