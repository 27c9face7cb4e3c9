//! What holds for every route, said once here instead of in each handler: problems are `application/problem+json`, any
//! request may be unreadable, one too many, or need something that is down, and whoever answers 412 or 304 reads a precondition.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Components, OpenApi, Ref, RefOr, Required};

const PROBLEM: &str = "ProblemDocument";
const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";
const HTML: &str = "text/html";

/// Status, name in the components, meaning.
type Convention = (&'static str, &'static str, &'static str);

const EVERYWHERE: [Convention; 3] = [
    ("400", "BadRequest", "The request cannot be read"),
    (
        "429",
        "TooManyRequests",
        "Too many requests; `Retry-After` says when",
    ),
    (
        "503",
        "Unavailable",
        "Something that the answer needs is down; `Retry-After` says when",
    ),
];
const WITH_BODY: [Convention; 3] = [
    (
        "413",
        "PayloadTooLarge",
        "The body is longer than the route reads",
    ),
    (
        "415",
        "UnsupportedMediaType",
        "The body is not declared as JSON",
    ),
    (
        "422",
        "Invalid",
        "Fields are missing or wrong; `errors` names each",
    ),
];

/// Header, the status that it alone brings about, and what it asks for.
const PRECONDITIONS: [(&str, &str, &str); 2] = [
    (
        "If-Match",
        "412",
        "Only if the resource is still the one with this ETag",
    ),
    (
        "If-None-Match",
        "304",
        "Not if the resource is still the one with this ETag",
    ),
];

/// Adds what no handler says. What a handler says itself stays.
pub(crate) fn apply(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            name_problems(operation);
            add_preconditions(operation);
            bound_headers(operation);
            let body = if operation.request_body.is_some() {
                &WITH_BODY[..]
            } else {
                &[]
            };
            for (status, name, _) in EVERYWHERE.iter().chain(body) {
                operation
                    .responses
                    .responses
                    .entry((*status).to_owned())
                    .or_insert_with(|| RefOr::Ref(Ref::from_response_name(*name)));
            }
            name_refusals_of_pages(operation);
        }
    }
    let components = document.components.get_or_insert_with(Components::new);
    for (_, name, meaning) in EVERYWHERE.iter().chain(&WITH_BODY) {
        components
            .responses
            .insert((*name).to_owned(), RefOr::T(problem(meaning)));
    }
}

fn problem(meaning: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(PROBLEM)))
        .build();
    ResponseBuilder::new()
        .description(meaning)
        .content(PROBLEM_JSON, content)
        .build()
}

/// Handlers name the schema of a problem alone, whose type would be that of any JSON.
fn name_problems(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else {
            continue;
        };
        let is_problem = response
            .content
            .get(JSON)
            .is_some_and(|content| match content {
                RefOr::T(content) => {
                    matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location.ends_with(PROBLEM))
                }
                RefOr::Ref(_) => false,
            });
        if is_problem && let Some(content) = response.content.shift_remove(JSON) {
            response.content.insert(PROBLEM_JSON.to_owned(), content);
        }
    }
}

/// What a page refuses is told by a page or by a problem, and what it cannot read in OAuth's words too, depending on who was to read it.
/// What answers programs too refuses as they expect it.
fn name_refusals_of_pages(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let is_page = responses.iter().any(|(status, response)| {
        status.starts_with('2')
            && matches!(response, RefOr::T(response)
                if response.content.contains_key(HTML) && !response.content.contains_key(JSON))
    });
    if !is_page {
        return;
    }
    for (status, name, meaning) in EVERYWHERE.iter().chain(WITH_BODY.first()) {
        let mut refusal = match responses.remove(*status) {
            Some(RefOr::T(response)) => response,
            Some(RefOr::Ref(_)) => Response::new(*meaning),
            // Of a route without a body.
            None => continue,
        };
        let mut kinds = vec![
            (PROBLEM_JSON, RefOr::Ref(Ref::from_schema_name(PROBLEM))),
            (HTML, RefOr::T(object(Type::String))),
        ];
        if *name == "BadRequest" {
            kinds.push((JSON, RefOr::T(object(Type::Object))));
        }
        for (kind, schema) in kinds {
            refusal
                .content
                .entry(kind.to_owned())
                .or_insert_with(|| RefOr::T(ContentBuilder::new().schema(Some(schema)).build()));
        }
        responses.insert((*status).to_owned(), RefOr::T(refusal));
    }
}

fn object(kind: Type) -> Schema {
    Schema::Object(ObjectBuilder::new().schema_type(kind).build())
}

/// Names the headers of preconditions, unless the handler does, which may say more.
fn add_preconditions(operation: &mut Operation) {
    for (name, status, meaning) in PRECONDITIONS {
        let named = operation.parameters.iter().flatten().any(|parameter| {
            matches!(parameter, RefOr::T(parameter)
                if parameter.parameter_in == ParameterIn::Header && parameter.name == name)
        });
        if named || !operation.responses.responses.contains_key(status) {
            continue;
        }
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(meaning))
            .schema(Some(RefOr::T(Schema::Object(text))))
            .build();
        operation
            .parameters
            .get_or_insert_with(Vec::new)
            .push(RefOr::T(parameter));
    }
}

/// What the kit takes as `Idempotency-Key`: 1 to 255 visible ASCII characters.
fn bound_headers(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        if parameter.parameter_in == ParameterIn::Header
            && parameter.name.eq_ignore_ascii_case("idempotency-key")
        {
            let text = ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some("^[!-~]{1,255}$"))
                .build();
            parameter.schema = Some(RefOr::T(Schema::Object(text)));
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}
