#![doc = include_str!("../README.md")]

pub mod access_log;
pub mod app;
mod attempts;
pub mod bearer;
pub mod client_address;
pub mod clock;
pub mod config;
pub mod context;
pub mod current;
pub mod db;
mod detached;
pub mod dialect;
pub mod event;
pub mod extract;
#[cfg(target_family = "wasm")]
pub mod guest;
pub mod id;
pub mod idempotency;
pub mod key_value;
pub mod limit;
pub mod log;
mod not_granted;
mod objects;
mod one_line;
pub mod outbound;
pub mod page;
pub mod pages;
mod path_segment;
mod permitted;
pub mod precondition;
pub mod principal;
pub mod problem;
mod proof;
pub mod respond;
pub mod routes;
pub mod service;
pub mod task;
pub mod trust;
mod turn;
pub mod wake;

pub use app::{App, AppBuilder, Ports};
pub use config::{Config, Environment};
pub use context::Context;
pub use db::{Db, DbError, Row, Value};
pub use detached::detached;
pub use dialect::Dialect;
pub use extract::{Json, Path, Query};
pub use idempotency::Idempotency;
pub use one_line::{is_one_line, turns_text};
pub use outbound::CallError;
pub use page::Page;
pub use pages::Pages;
pub use path_segment::path_segment;
pub use precondition::{IfMatch, IfNoneMatch, etag, etag_with_others};
pub use principal::{OptionalPrincipal, Permission, Principal, Scope};
pub use problem::{FieldError, Problem};
pub use respond::{Accepted, Created, NoContent, RawJson, WithEtag};
pub use service::Service;
pub use turn::Turn;

/// Answers one request of a component. The service is made at the instance's first request and kept for its life.
///
/// After the service come the capabilities that the component is granted in `spin.toml`: `postgres`, `tokens`,
/// `outbound`, `key_value`, `worker`. What is not named here is not even imported.
///
/// ```ignore
/// kit::serve!(request, "blog", blog::api::service, postgres, tokens)
/// ```
#[cfg(target_family = "wasm")]
#[macro_export]
macro_rules! serve {
    ($request:expr, $name:literal, $service:expr $(, $capability:ident)* $(,)?) => {{
        static SERVICE: ::std::sync::OnceLock<$crate::Service> = ::std::sync::OnceLock::new();
        let service = SERVICE.get_or_init(|| {
            let ports = $crate::guest::ports();
            $(let ports = $crate::guest::$capability(ports);)*
            $service($crate::AppBuilder::new($name, ports))
        });
        $crate::guest::serve(service, $request).await
    }};
}
