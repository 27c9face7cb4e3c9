//! `/onboarding`: the first steps of an account, in their order.

use axum::extract::State;
use axum::response::Response;
use garde::Validate;
use kit::problem::ProblemDocument;
use kit::{
    App, Context, IfMatch, IfNoneMatch, Json, Path, Principal, Problem, RawJson, Scope, WithEtag,
    etag,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::{self, Step};

/// Longest note of a step, bytes of JSON.
const MAX_DATA: usize = 4096;

/// How far an account is.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "described in OpenAPI alone: the database writes it"
)]
enum OnboardingState {
    NotStarted,
    InProgress,
    Completed,
}

/// What became of a step.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "described in OpenAPI alone: the database writes it"
)]
enum StepState {
    Todo,
    Done,
    Skipped,
}

/// A step.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OnboardingStep {
    /// `profile`, `preferences` or `exchange`.
    name: String,
    skippable: bool,
    state: StepState,
    /// What the client noted.
    data: Option<Value>,
    /// RFC 3339; null while it is to do.
    at: Option<String>,
}

/// Where an account stands and how it goes on: a client that lost its place resumes at `next`.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Onboarding {
    state: OnboardingState,
    /// In the order of doing.
    steps: Vec<OnboardingStep>,
    /// The step to do next; null when all are done or skipped.
    next: Option<String>,
    /// RFC 3339.
    completed_at: Option<String>,
}

/// What was done in a step.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
pub(crate) struct StepTaken {
    /// Leaves the step out; only `exchange` can be.
    #[serde(default)]
    #[garde(skip)]
    skip: bool,
    /// Whatever the client wants to find again, up to 4 KiB of JSON. No secrets.
    #[serde(default)]
    #[garde(custom(|data: &Option<Value>, _| small(data.as_ref())))]
    data: Option<Value>,
}

fn small(data: Option<&Value>) -> garde::Result {
    match data {
        Some(Value::Object(_)) | None => {}
        Some(_) => return Err(garde::Error::new("must be an object")),
    }
    if data.is_some_and(|data| data.to_string().len() > MAX_DATA) {
        return Err(garde::Error::new(format!(
            "must be at most {MAX_DATA} bytes of JSON"
        )));
    }
    Ok(())
}

/// Answers how far the account's onboarding is.
///
/// Permissions: `profile.read`.
#[utoipa::path(
    get,
    path = "/api/v1/profile/onboarding",
    tag = "profile",
    security(("bearer" = ["profile.read"])),
    responses(
        (status = 200, description = "The steps, with an ETag", body = Onboarding),
        (status = 304, description = "The client has this version already (If-None-Match)"),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    principal: Principal,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    principal.require(Scope::ProfileRead)?;
    let account = principal.user_id()?;
    let (json, version) = store::find_onboarding(app.db(), account).await?;
    let tag = etag(version, account);
    Ok(known.answer(tag, RawJson(json)))
}

/// Does or skips a step. One that was done may be done again; one whose turn has not come may not.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    put,
    path = "/api/v1/profile/onboarding/{step}",
    tag = "profile",
    params(("step" = String, Path, description = "`profile`, `preferences` or `exchange`")),
    request_body = StepTaken,
    security(("bearer" = ["profile.write"])),
    responses(
        (status = 200, description = "The steps after it, with an ETag", body = Onboarding),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 404, description = "No such step", body = ProblemDocument),
        (status = 409, description = "Another step comes first (`next`), or onboarding is completed", body = ProblemDocument),
        (status = 412, description = "Onboarding is not where If-Match says", body = ProblemDocument),
        (status = 422, description = "The step cannot be skipped, or the data is not valid", body = ProblemDocument),
    ),
)]
pub(crate) async fn take(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    Path(step): Path<String>,
    known: IfMatch,
    Json(taken): Json<StepTaken>,
) -> Result<WithEtag<axum::Json<Value>>, Problem> {
    principal.require(Scope::ProfileWrite)?;
    let account = principal.user_id()?;
    let context = context.for_principal(&principal);
    let outcome = store::take_step(
        app.db(),
        &context,
        account,
        known.version(account),
        &step,
        taken.skip,
        taken.data,
    )
    .await?;
    answer(account, outcome)
}

/// Completes onboarding once all steps are done or skipped. Doing it again changes nothing.
///
/// Permissions: `profile.write`.
#[utoipa::path(
    post,
    path = "/api/v1/profile/onboarding/complete",
    tag = "profile",
    security(("bearer" = ["profile.write"])),
    responses(
        (status = 200, description = "Completed, with an ETag", body = Onboarding),
        (status = 401, description = "No or bad credential", body = ProblemDocument),
        (status = 403, description = "The credential lacks the scope", body = ProblemDocument),
        (status = 409, description = "A step is left (`next`)", body = ProblemDocument),
        (status = 412, description = "Onboarding is not where If-Match says", body = ProblemDocument),
    ),
)]
pub(crate) async fn complete(
    State(app): State<App>,
    principal: Principal,
    context: Context,
    known: IfMatch,
) -> Result<WithEtag<axum::Json<Value>>, Problem> {
    principal.require(Scope::ProfileWrite)?;
    let account = principal.user_id()?;
    let context = context.for_principal(&principal);
    let expected = known.version(account);
    let outcome = store::complete_onboarding(app.db(), &context, account, expected).await?;
    answer(account, outcome)
}

fn answer(account: uuid::Uuid, outcome: Step) -> Result<WithEtag<axum::Json<Value>>, Problem> {
    match outcome {
        Step::Taken {
            onboarding,
            version,
        } => Ok(WithEtag(etag(version, account), axum::Json(onboarding))),
        Step::Unknown => Err(Problem::not_found("step")),
        Step::NotSkippable => Err(Problem::invalid_field(
            "skip",
            "this step cannot be skipped",
        )),
        Step::OutOfOrder { next } => Err(Problem::conflict(
            "conflict",
            format!("The step {next} comes first."),
        )
        .with("next", next)),
        Step::Unfinished { next } => Err(Problem::conflict(
            "conflict",
            format!("The step {next} is left to do."),
        )
        .with("next", next)),
        Step::Completed => Err(Problem::conflict("conflict", "Onboarding is completed.")),
        Step::Stale => Err(Problem::precondition_failed()),
    }
}
