//! What the component `admin` serves.

mod account;
mod audit;
mod consumer;
mod dashboard;
mod internal;
mod kill_switch;
mod parked_event;
mod refusal;
mod role;
mod task;
mod ticket;

use kit::limit::Class;
use kit::routes;
use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;

use crate::permissions::PERMISSIONS;

/// All routes under `/api/v1/admin`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(account::list))
        .routes(routes!(account::show, account::update))
        .routes(routes!(account::set_roles))
        .routes(routes!(role::list, role::create))
        .routes(routes!(role::delete))
        .routes(routes!(role::list_permissions))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
        .routes(routes!(task::list))
        .routes(routes!(task::show))
        .routes(routes!(task::requeue))
        .routes(routes!(task::cancel))
        .routes(routes!(consumer::list))
        .routes(routes!(consumer::replay))
        .routes(routes!(consumer::forget))
        .routes(routes!(parked_event::list))
        .routes(routes!(parked_event::show))
        .routes(routes!(parked_event::requeue))
        .routes(routes!(parked_event::skip))
        .routes(routes!(ticket::list))
        .routes(routes!(ticket::show, ticket::update))
        .routes(routes!(ticket::answer))
        .routes(routes!(dashboard::show))
        .routes(routes!(kill_switch::engage, kill_switch::release))
        .routes(routes!(identity::api::key_rotation::create))
        .merge(identity::oauth::admin_routes())
}

/// The service behind the component `admin`.
#[must_use]
pub fn service(app: AppBuilder) -> Service {
    app.secrets(&["cursor_key"])
        .variables(internal::VARIABLES)
        .permissions(PERMISSIONS)
        .limits(&[
            ("GET /api/v1/admin/users", Class::Search),
            ("GET /api/v1/admin/audit", Class::Search),
            ("GET /api/v1/admin/audit/verify", Class::Export),
        ])
        .internal(internal::routes())
        .routes(routes())
}
