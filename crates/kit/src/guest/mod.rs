//! The kit in a component: Spin's interfaces behind the four traits.
//!
//! Spin's futures are not `Send`, and axum wants them to be. An instance has one thread, so `SendWrapper` is safe: it
//! would panic on another thread, and there is none.

mod database;
mod key_value;
mod outbound;
mod tokens;
mod variables;

use std::sync::Arc;

use axum::body::Body;
use spin_sdk::http::Request;

use crate::{AppBuilder, Db, Ports, Service};

/// A service on Spin's interfaces.
#[must_use]
pub fn builder(name: &'static str) -> AppBuilder {
    AppBuilder::new(
        name,
        Ports {
            variables: Arc::new(variables::SpinVariables),
            db: Db::new(database::SpinDatabase::default()),
            verifier: Arc::new(tokens::TokensComponent),
            outbound: Arc::new(outbound::SpinOutbound),
            key_value: Arc::new(key_value::SpinKeyValue::default()),
        },
    )
}

/// Answers one request of the host.
pub async fn serve(service: &Service, request: Request) -> http::Response<Body> {
    service.call(request.map(Body::new)).await
}
