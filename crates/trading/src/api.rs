//! All that is served under `/api/v1/trading`.

mod account;
mod backtest;
mod bot;
mod bot_command;
mod bot_history;
mod connection;
mod dashboard;
mod key;
mod key_test;
mod market;
mod order;
mod strategy;

use kit::limit::Class;
use kit::routes;
use kit::{App, AppBuilder, Service};
use utoipa_axum::router::OpenApiRouter;

use crate::market::Market;
use crate::strategist::{Chosen, Strategist};
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
        .routes(routes!(strategy::list))
        .routes(routes!(bot::create, bot::list))
        .routes(routes!(bot::read, bot::update, bot::delete))
        .routes(routes!(bot_command::start))
        .routes(routes!(bot_command::stop))
        .routes(routes!(bot_command::pause))
        .routes(routes!(bot_command::resume))
        .routes(routes!(bot_command::trigger))
        .routes(routes!(bot_history::executions))
        .routes(routes!(bot_history::events))
        .routes(routes!(bot_history::status))
        .routes(routes!(bot_history::pnl))
        .routes(routes!(backtest::create))
        .routes(routes!(backtest::read))
        .routes(routes!(dashboard::read))
}

/// The service of the component `trading`, with what decides for its bots.
#[must_use]
pub fn service(builder: AppBuilder, strategist: impl Strategist) -> Service {
    builder
        .secrets(&["cursor_key"])
        // Each of these makes the exchange, or us, work for it.
        .limits(&[
            ("GET /api/v1/trading/account/balances", Class::Search),
            ("GET /api/v1/trading/account/open-orders", Class::Search),
            ("GET /api/v1/trading/account/closed-orders", Class::Search),
            ("GET /api/v1/trading/account/trades", Class::Search),
            ("POST /api/v1/trading/backtests", Class::Export),
        ])
        .extension(Market::default())
        .extension(Chosen(Box::new(strategist)))
        .internal(tasks::routes())
        .routes(routes())
}
