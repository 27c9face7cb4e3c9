//! Requests from one component to another, `http://<id>.spin.internal/path`: in process, without a socket. Who may call whom
//! is the caller's `allowed_outbound_hosts`, checked before.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock, Weak};

use wasmtime_wasi_http::{Error, Result, WasiBody};

use crate::allowed_hosts::CHAINING_SUFFIX;
use crate::instances::InstancePool;
use crate::problem;
use crate::request;
use crate::routing::Match;

/// The address that a callee sees, as in Spin.
const NO_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// The component that a host name means, if it is one.
pub(crate) fn target(host: &str) -> Option<&str> {
    host.strip_suffix(CHAINING_SUFFIX)
}

/// All components that serve requests. It is filled once all of them exist, since each may call the others; it doesn't keep them
/// alive, since each holds it.
#[derive(Debug, Default)]
pub(crate) struct Directory(OnceLock<BTreeMap<String, Weak<InstancePool>>>);

impl Directory {
    /// Names the components; only the first call counts.
    pub(crate) fn fill<'a>(
        &self,
        components: impl Iterator<Item = (&'a String, &'a Arc<InstancePool>)>,
    ) {
        let components = components
            .map(|(id, pool)| (id.clone(), Arc::downgrade(pool)))
            .collect();
        // A second call would be a mistake of this crate without any effect.
        let _ = self.0.set(components);
    }

    /// Sends a request to the component `id`.
    pub(crate) async fn call(
        &self,
        id: &str,
        mut request: http::Request<WasiBody>,
    ) -> Result<http::Response<WasiBody>> {
        let pool = self
            .0
            .get()
            .and_then(|components| components.get(id))
            .and_then(Weak::upgrade);
        let pool = pool.ok_or(Error::DestinationNotFound)?;
        let matched = Match::chained(Arc::new(()), request.uri().path());
        let host = format!("{id}{CHAINING_SUFFIX}");
        request::add_spin_headers(&mut request, &host, &matched, NO_ADDRESS);
        Ok(match pool.handle(request).await {
            Ok(response) => response,
            Err(refusal) => problem::of_refusal(refusal),
        })
    }
}
