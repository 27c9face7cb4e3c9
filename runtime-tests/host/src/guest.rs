//! What belongs to one instance of a component: its share of WASI, and what its component was granted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime::{Engine, Result};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::allowed_hosts::AllowedHosts;
use crate::bindings;
use crate::clock::OffsetClock;
use crate::engine::{Counted, GuestCount};
use crate::key_value::Stores;
use crate::memory::{LargeInstances, Memory};
use crate::outbound_http::OutboundHttp;
use crate::output::{Output, Stream};
use crate::postgres::Pools;
use crate::telemetry::{Requests, Tracer};

/// What a component may use, shared by all its instances.
#[derive(Debug)]
pub(crate) struct Grants {
    /// The component's id.
    pub(crate) component: Arc<str>,
    /// What `spin:variables` answers.
    pub(crate) variables: BTreeMap<String, String>,
    /// Whom it may call.
    pub(crate) allowed_hosts: AllowedHosts,
    /// The labels of the stores that it may open.
    pub(crate) key_value_labels: BTreeSet<String>,
    /// The stores behind the labels.
    pub(crate) stores: Stores,
    /// Its database connections.
    pub(crate) postgres: Pools,
    /// Its way out by HTTP.
    pub(crate) outbound_http: OutboundHttp,
    /// `--env`.
    pub(crate) environment: Vec<(String, String)>,
    /// The clock that it sees.
    pub(crate) clock: OffsetClock,
    /// Bytes of memory that an instance may have.
    pub(crate) max_memory: Option<usize>,
    /// Those that have had much.
    pub(crate) large: LargeInstances,
    /// Where its lines go.
    pub(crate) output: Output,
    /// Where spans of its work begin.
    pub(crate) tracer: Tracer,
    /// Where its instances are counted.
    pub(crate) guests: GuestCount,
}

/// The data of one instance's store.
pub(crate) struct GuestState {
    /// What the component may use.
    pub(crate) grants: Arc<Grants>,
    /// The resources that the guest holds.
    pub(crate) table: ResourceTable,
    /// The memory that it may have and has had.
    pub(crate) memory: Memory,
    /// The spans of the requests that it answers.
    pub(crate) requests: Requests,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound_http: OutboundHttp,
    _counted: Counted,
}

impl GuestState {
    /// The state of a fresh instance.
    pub(crate) fn new(grants: &Arc<Grants>) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(grants.output.guest(&grants.component, Stream::Stdout))
            .stderr(grants.output.guest(&grants.component, Stream::Stderr))
            .envs(&grants.environment)
            .wall_clock(grants.clock)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false);
        Self {
            grants: grants.clone(),
            table: ResourceTable::new(),
            memory: Memory::new(grants.max_memory, &grants.large),
            requests: Requests::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            outbound_http: grants.outbound_http.clone(),
            _counted: grants.guests.count(),
        }
    }
}

/// All interfaces that any component may import; which of them a component may, `capabilities` decides.
pub(crate) fn linker(engine: &Engine) -> Result<Linker<GuestState>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    bindings::variables::add_to_linker::<_, HasSelf<GuestState>>(&mut linker, |state| state)?;
    bindings::key_value::add_to_linker::<_, HasSelf<GuestState>>(&mut linker, |state| state)?;
    bindings::postgres::add_to_linker::<_, HasSelf<GuestState>>(&mut linker, |state| state)?;
    Ok(linker)
}

impl WasiView for GuestState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for GuestState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.outbound_http,
        }
    }
}
