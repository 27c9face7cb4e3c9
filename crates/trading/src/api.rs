//! All that is served under `/api/v1/trading`.

mod account;
mod connection;
mod key;
mod key_test;
mod market;
mod order;

use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;
use kit::routes;

use crate::market::Market;
use crate::tasks;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(connection::connect, key::list))
        .routes(routes!(key::read, key::update, key::disconnect))
        .routes(routes!(key_test::test))
        .routes(routes!(connection::replace))
        .routes(routes!(market::pairs))
        .routes(routes!(market::ticker))
        .routes(routes!(market::ohlc))
        .routes(routes!(account::balances))
        .routes(routes!(account::open_orders))
        .routes(routes!(account::closed_orders))
        .routes(routes!(account::trades))
        .routes(routes!(order::create, order::list))
        .routes(routes!(order::read, order::cancel))
}

/// The service of the component `trading`.
#[must_use]
pub fn service(builder: AppBuilder) -> Service {
    builder
        .secrets(&["cursor_key"])
        .extension(Market::default())
        .internal(tasks::routes())
        .routes(routes())
}
