//! Extractors that answer with problems: which field, and what would be allowed.

use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use garde::Validate;
use http::request::Parts;
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::objects::Objects;
use crate::{FieldError, Problem};

/// A JSON body, validated. Unknown fields are ignored.
///
/// 415 without a JSON content type, 413 beyond the body limit, 400 for what is not JSON, 422 for wrong types, missing
/// fields and values that the type's `garde` rules refuse, each with the field's path.
///
/// As an answer it is plain JSON.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        valid(json(request, state).await?).map(Self)
    }
}

/// The same of a body that may be left out: `Option<Json<T>>` is none without any, whatever it is declared as.
impl<T, S> axum::extract::OptionalFromRequest<S> for Json<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Self::Rejection> {
        let is_json = is_json(&request);
        let bytes = body(request, state).await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if !is_json {
            return Err(Problem::from_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        valid(parse(&bytes)?).map(|value| Some(Self(value)))
    }
}

fn valid<T: Validate<Context = ()>>(value: T) -> Result<T, Problem> {
    value.validate().map_err(|report| {
        Problem::validation(
            report
                .iter()
                .map(|(path, error)| FieldError::new(path.to_string(), error.message())),
        )
    })?;
    Ok(value)
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// The body of a request, not validated.
pub(crate) async fn json<T: DeserializeOwned, S: Send + Sync>(
    request: Request,
    state: &S,
) -> Result<T, Problem> {
    if !is_json(&request) {
        return Err(Problem::from_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    parse(&body(request, state).await?)
}

/// The whole body, whatever it is.
///
/// # Errors
/// 413 beyond the body limit, 400 where it ends in the middle.
pub async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| {
            Problem::from_status(rejection.status()).caused_by(rejection.body_text())
        })
}

fn is_json(request: &Request) -> bool {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let essence = kind.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
        || (essence.len() > 5 && essence.to_ascii_lowercase().ends_with("+json"))
}

/// Reads a JSON object, for a route that takes other media types too.
///
/// # Errors
/// `malformed-json` (400) for what is not JSON; `validation` (422) with the path of the field that has the wrong type, is missing, or
/// holds NUL.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde_json does not look into strings that it skips.
    if let Err(error) = std::str::from_utf8(bytes) {
        return Err(not_json(format!("not UTF-8: {error}")));
    }
    // Told apart from the rest, since it has no field to name; `Objects` sees to the structs within.
    if bytes
        .trim_ascii_start()
        .first()
        .is_some_and(|byte| *byte != b'{')
    {
        return Err(
            match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
                Ok(_) => Problem::invalid_field("", "must be a JSON object"),
                Err(syntax) => malformed(&syntax),
            },
        );
    }
    refuse_nul(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Objects(&mut deserializer)).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        // A wrong field comes to light before the end is read; what is not JSON at all is told as that.
        match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
            Ok(_) if inner.is_data() => wrong_data(&path, &inner.to_string()),
            // A number where an enumeration should be is a syntax error to serde_json.
            Ok(_) => wrong_data(&path, "has the wrong type"),
            Err(syntax) => malformed(&syntax),
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    not_json(error.to_string())
}

fn not_json(detail: String) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed-json",
        "The body is not JSON",
    )
    .detail(detail)
}

/// No text column can hold NUL; better to say so than to fail in the database.
fn refuse_nul(bytes: &[u8]) -> Result<(), Problem> {
    if !bytes.windows(6).any(|window| window == b"\\u0000") {
        return Ok(());
    }
    // `\\u0000` in a JSON text may also be a backslash followed by letters; only the parsed value tells.
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(value) => nul_in(&value, String::new()).map_or(Ok(()), |field| {
            Err(Problem::invalid_field(
                &field,
                "must not contain the NUL character",
            ))
        }),
        Err(_) => Ok(()),
    }
}

fn nul_in(value: &serde_json::Value, path: String) -> Option<String> {
    match value {
        serde_json::Value::String(text) => text.contains('\0').then_some(path),
        serde_json::Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| nul_in(item, format!("{path}[{index}]"))),
        serde_json::Value::Object(members) => members.iter().find_map(|(name, item)| {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            if name.contains('\0') {
                Some(path)
            } else {
                nul_in(item, path)
            }
        }),
        _ => None,
    }
}

/// A value within a document that was read already does not fit; `root` is the member that holds it.
pub(crate) fn misfit(root: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let path = if path == "." {
        root.to_owned()
    } else {
        format!("{root}.{path}")
    };
    wrong_data(&path, &error.inner().to_string())
}

fn wrong_data(path: &str, message: &str) -> Problem {
    let at = message.rfind(" at line ").unwrap_or(message.len());
    let text = message.get(..at).unwrap_or(message);
    let parent = if path == "." { "" } else { path };
    if let Some(name) = text
        .strip_prefix("duplicate field `")
        .and_then(|rest| rest.split('`').next())
    {
        let field = format!("{parent}.{name}");
        return Problem::invalid_field(field.trim_start_matches('.'), "must be there once");
    }
    if let Some(name) = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next())
    {
        let field = if parent.is_empty() {
            name.to_owned()
        } else {
            format!("{parent}.{name}")
        };
        return Problem::invalid_field(&field, "is required");
    }
    // serde names the type, which only we know.
    match text.split_once(", expected struct ") {
        Some((found, _)) => Problem::invalid_field(parent, format!("{found}, expected an object")),
        None => Problem::invalid_field(parent, text),
    }
}

/// Tells null from absent in a member that may be cleared: `#[serde(default, deserialize_with = "kit::extract::present")]` on an
/// `Option<Option<T>>` reads what is there as `Some`, whatever it is.
///
/// # Errors
/// Those of `T`.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Query parameters. 422 for those that cannot be read.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|query| Self(query.0))
            .map_err(|rejection: QueryRejection| wrong_query(&rejection.body_text()))
    }
}

/// axum's text names the parameter before what is wrong with it, or serde names it within.
fn wrong_query(text: &str) -> Problem {
    let text = text
        .strip_prefix("Failed to deserialize query string: ")
        .unwrap_or(text);
    let named = |prefix: &str| {
        text.strip_prefix(prefix)
            .and_then(|rest| rest.split('`').next())
    };
    if let Some(name) = named("duplicate field `") {
        return Problem::invalid_field(name, "must be given once");
    }
    if let Some(name) = named("missing field `") {
        return Problem::invalid_field(name, "is required");
    }
    match text.split_once(": ") {
        Some((name, message)) if !name.contains([' ', '`']) => {
            Problem::invalid_field(name, message)
        }
        _ => Problem::invalid_field("query", text),
    }
}

/// Path parameters. A path that does not fit names nothing: 404.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|_: PathRejection| Problem::not_found("resource"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Cover {
        #[expect(dead_code, reason = "only its type matters")]
        url: String,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Post {
        #[expect(dead_code, reason = "only its type matters")]
        title: String,
        #[expect(dead_code, reason = "only its type matters")]
        cover: Option<Cover>,
    }

    #[test]
    fn the_wrong_field_is_named() {
        let cases = [
            (r#"{"#, 400, ""),
            (r#"[]x"#, 400, ""),
            (r#"["title"]"#, 422, ""),
            (r#"null"#, 422, ""),
            (r#"{"a":1}{"#, 400, ""),
            (r#"{"title":"a"} x"#, 400, ""),
            (r#"{"title":1}"#, 422, "title"),
            (r#"{"title":"a","title":"b"}"#, 422, "title"),
            (
                r#"{"title":"a","cover":{"url":"a","url":"b"}}"#,
                422,
                "cover.url",
            ),
            (r#"{}"#, 422, "title"),
            (r#"{"title":"a","cover":{}}"#, 422, "cover.url"),
            (r#"{"title":"a","cover":{"url":[]}}"#, 422, "cover.url"),
            (r#"{"title":"a","cover":["url"]}"#, 422, "cover"),
            (r#"{"title":"a\u0000b"}"#, 422, "title"),
            (
                r#"{"title":"a","cover":{"url":"\u0000"}}"#,
                422,
                "cover.url",
            ),
        ];
        for (body, status, field) in cases {
            let problem = parse::<Post>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.status().as_u16(), status, "{body}");
            assert_eq!(
                problem
                    .errors()
                    .first()
                    .map_or("", |error| error.field.as_str()),
                field,
                "{body}"
            );
        }
        assert!(
            parse::<Post>(br#"{"title":"a\\u0000b","more":1}"#).is_ok(),
            "an escaped backslash is no NUL"
        );
        let problem = parse::<Post>(br#"{"title":"a","cover":"x"}"#).unwrap_err();
        assert_eq!(
            problem.errors(),
            [FieldError::new(
                "cover",
                "invalid type: string \"x\", expected an object"
            )]
        );
    }

    #[derive(Debug, serde::Deserialize, Validate)]
    struct Choice {
        #[garde(range(max = 3))]
        of: u8,
    }

    #[tokio::test]
    async fn a_body_may_be_left_out() {
        let json = "application/json";
        for (kind, body, read) in [
            (None, "", Ok(None)),
            (Some("text/plain"), "", Ok(None)),
            (Some(json), r#"{"of":3}"#, Ok(Some(3))),
            (Some(json), r#"{"of":4}"#, Err(422)),
            (Some("text/plain"), r#"{"of":3}"#, Err(415)),
        ] {
            let mut request = Request::new(axum::body::Body::from(body));
            if let Some(kind) = kind {
                let kind = http::HeaderValue::from_static(kind);
                request.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            let choice = <Option<Json<Choice>> as FromRequest<()>>::from_request(request, &())
                .await
                .map(|choice| choice.map(|Json(choice)| choice.of))
                .map_err(|problem| problem.status().as_u16());
            assert_eq!(choice, read, "{kind:?} {body}");
        }
    }

    #[tokio::test]
    async fn the_wrong_parameter_is_named() {
        #[derive(Debug, serde::Deserialize)]
        struct Wish {
            #[expect(dead_code, reason = "only its type matters")]
            limit: Option<u8>,
            #[expect(dead_code, reason = "only its type matters")]
            tag: String,
        }
        for (query, field, message) in [
            ("tag=a&limit=x", "limit", "invalid digit found in string"),
            ("tag=a&tag=b", "tag", "must be given once"),
            ("limit=1", "tag", "is required"),
        ] {
            let request = Request::builder()
                .uri(format!("/?{query}"))
                .body(axum::body::Body::empty())
                .unwrap();
            let (mut parts, _) = request.into_parts();
            let problem = Query::<Wish>::from_request_parts(&mut parts, &())
                .await
                .unwrap_err();
            assert_eq!(
                problem.errors(),
                [FieldError::new(field, message)],
                "{query}"
            );
        }
    }
}
