//! What went wrong, as the RealWorld API tells it: `{"errors": {"<what>": ["<why>", …]}}`, whatever the status.

use kit::{App, Problem};
use serde_json::{Map, Value, json};

use crate::switch;

/// The document of a problem; none while the API is off, which looks as if nobody served it.
pub(crate) fn document(app: &App, problem: &Problem) -> Option<Value> {
    switch::is_on(app.config()).then(|| errors(problem))
}

fn errors(problem: &Problem) -> Value {
    let mut errors: Map<String, Value> = Map::new();
    for error in problem.errors() {
        let why = errors
            .entry(member(&error.field))
            .or_insert_with(|| json!([]));
        if let Value::Array(why) = why {
            why.push(json!(error.message));
        }
    }
    if errors.is_empty() {
        let (what, why) = match problem.kind() {
            "invalid-credential" => ("credentials", "invalid"),
            "unauthorized" => ("token", problem.message()),
            _ if problem.status().is_server_error() => ("server", problem.message()),
            _ => ("request", problem.message()),
        };
        errors.insert(what.to_owned(), json!([why]));
    }
    json!({ "errors": errors })
}

/// `title` of `article.title`, `tagList` of `article.tagList[2]`; a body that is none is `body`.
fn member(field: &str) -> String {
    let name = field.rsplit('.').next().unwrap_or(field);
    match name.split('[').next().unwrap_or(name) {
        "" => "body".to_owned(),
        name => name.to_owned(),
    }
}

/// 404, saying of what.
pub(crate) fn not_found(what: &str) -> Problem {
    Problem::not_found(what).about(what, "not found")
}

/// 403: it is somebody else's.
pub(crate) fn forbidden(what: &str) -> Problem {
    Problem::forbidden("It is somebody else's.").about(what, "forbidden")
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use kit::FieldError;

    use super::*;

    #[test]
    fn every_problem_says_what_and_why() {
        let cases = [
            (
                Problem::validation([
                    FieldError::new("article.title", "can't be blank"),
                    FieldError::new("article.tagList[2]", "is odd"),
                    FieldError::new("article.tagList[3]", "is odder"),
                    FieldError::new("", "must be a JSON object"),
                ]),
                json!({"title": ["can't be blank"], "tagList": ["is odd", "is odder"], "body": ["must be a JSON object"]}),
            ),
            (not_found("article"), json!({"article": ["not found"]})),
            (forbidden("comment"), json!({"comment": ["forbidden"]})),
            (
                Problem::new(StatusCode::UNAUTHORIZED, "invalid-credential", "Wrong"),
                json!({"credentials": ["invalid"]}),
            ),
            (
                Problem::unauthorized("The session is over."),
                json!({"token": ["The session is over."]}),
            ),
            (
                Problem::from_status(StatusCode::METHOD_NOT_ALLOWED),
                json!({"request": ["The Allow header lists the methods that this resource has."]}),
            ),
            (
                Problem::unavailable("The database"),
                json!({"server": ["The database is not available; try again."]}),
            ),
        ];
        for (problem, wanted) in cases {
            assert_eq!(errors(&problem), json!({"errors": wanted}));
        }
    }
}
