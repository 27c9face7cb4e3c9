//! The kit in a component: Spin's interfaces behind the four traits.
//!
//! Spin's futures are not `Send`, and axum wants them to be. An instance has one thread, so `SendWrapper` is safe: it
//! would panic on another thread, and there is none.

mod database;
mod key_value;
mod lingering;
mod outbound;
mod tokens;
mod variables;
mod wake;

use std::sync::Arc;

use axum::body::Body;
use spin_sdk::http::Request;

use crate::{Db, Ports, Service};

/// Variables, and nothing else: every other port refuses until a capability is added.
#[must_use]
pub fn ports() -> Ports {
    Ports::none(Arc::new(variables::SpinVariables))
}

/// Grants the database at the variable `db_url`.
#[must_use]
pub fn postgres(ports: Ports) -> Ports {
    Ports {
        db: Db::new(database::SpinDatabase::default()),
        ..ports
    }
}

/// Grants the verification of credentials by the `tokens` component.
#[must_use]
pub fn tokens(ports: Ports) -> Ports {
    Ports {
        verifier: Arc::new(tokens::TokensComponent),
        ..ports
    }
}

/// Grants outbound HTTP to the hosts that the manifest lists.
#[must_use]
pub fn outbound(ports: Ports) -> Ports {
    Ports {
        outbound: Arc::new(outbound::SpinOutbound),
        ..ports
    }
}

/// Grants the default key-value store.
#[must_use]
pub fn key_value(ports: Ports) -> Ports {
    Ports {
        key_value: Arc::new(key_value::SpinKeyValue::default()),
        ..ports
    }
}

/// Grants telling `worker` after every write. The manifest allows `http://worker.spin.internal`.
#[must_use]
pub fn worker(ports: Ports) -> Ports {
    Ports {
        wake: Arc::new(wake::SpinWake::default()),
        ..ports
    }
}

/// Answers one request of the host.
pub async fn serve(service: &Service, request: Request) -> http::Response<Body> {
    let lingers = lingering::may_be_left(&request);
    let request = request.map(Body::new);
    let request = if lingers {
        request.map(lingering::read_to_its_end)
    } else {
        request
    };
    service.call(request).await
}
