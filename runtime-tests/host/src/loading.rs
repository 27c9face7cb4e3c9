//! From a manifest to components that answer: reading, checking, linking, compiling.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::json;
use wasmtime::Engine;

use crate::allowed_hosts::AllowedHosts;
use crate::application::{Application, Target};
use crate::chaining::Directory;
use crate::clock::OffsetClock;
use crate::composition::{self, Provider};
use crate::engine::{CompilationCache, GuestCount};
use crate::guest::{self, Grants};
use crate::instances::{InstanceLimits, InstancePool};
use crate::key_value;
use crate::manifest::{Manifest, Route};
use crate::memory::LargeInstances;
use crate::outbound_http::{Clients, OutboundHttp};
use crate::output::Output;
use crate::package::Surface;
use crate::postgres::{PoolLimits, Pools};
use crate::routing::Router;
use crate::runtime_config::RuntimeConfig;
use crate::telemetry::Tracer;
use crate::{allowed_hosts, capabilities, template};

/// What the loader needs to know besides the manifest.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    /// The values of the application's variables.
    pub(crate) variables: &'a BTreeMap<String, String>,
    /// The runtime configuration.
    pub(crate) runtime_config: &'a RuntimeConfig,
    /// Where the state is kept.
    pub(crate) state_dir: &'a Path,
    /// Compiled components.
    pub(crate) cache: &'a CompilationCache,
    /// How instances live and die.
    pub(crate) limits: InstanceLimits,
    /// Bytes of memory of an instance.
    pub(crate) max_memory: Option<usize>,
    /// `--env`.
    pub(crate) environment: Vec<(String, String)>,
    /// The guests' clock.
    pub(crate) clock: OffsetClock,
    /// Bytes of a request's body.
    pub(crate) max_request_body: u64,
    /// Where lines go.
    pub(crate) output: Output,
    /// Where spans begin.
    pub(crate) tracer: Tracer,
    /// Where instances are counted.
    pub(crate) guests: GuestCount,
}

/// A component file with what is known about it from outside.
struct File {
    wasm: Vec<u8>,
    surface: Surface,
}

/// A component whose imports are all accounted for.
struct Linked {
    id: String,
    wasm: Vec<u8>,
    allowed_hosts: AllowedHosts,
}

/// Loads, checks, links and compiles all components.
pub(crate) fn load(
    engine: &Engine,
    manifest: &Manifest,
    settings: &Settings<'_>,
) -> Result<Application> {
    let linked = link(manifest, settings.variables)?;
    let labels: BTreeSet<&str> = manifest
        .components
        .values()
        .flat_map(|component| &component.key_value_stores)
        .map(String::as_str)
        .collect();
    let stores = key_value::open(
        labels.into_iter(),
        &settings.runtime_config.key_value_stores,
        settings.state_dir,
    )?;
    let compiled = compile(engine, settings.cache, &linked)?;
    let linker = guest::linker(engine)?;
    let (directory, clients) = (Arc::new(Directory::default()), Clients::default());
    let mut components = BTreeMap::new();
    for (
        Linked {
            id, allowed_hosts, ..
        },
        component,
    ) in linked.into_iter().zip(compiled)
    {
        let declared = manifest
            .components
            .get(&id)
            .with_context(|| format!("no [component.{id}]"))?;
        let name: Arc<str> = id.as_str().into();
        let pools = PoolLimits {
            max_connections: settings.limits.max_instances,
            acquire_timeout: std::time::Duration::from_secs(2),
        };
        let grants = Arc::new(Grants {
            component: name.clone(),
            variables: crate::variables::of_component(manifest, &id, settings.variables)?,
            key_value_labels: declared.key_value_stores.iter().cloned().collect(),
            stores: stores.clone(),
            postgres: Pools::new(pools),
            outbound_http: OutboundHttp::new(
                name,
                allowed_hosts.clone(),
                directory.clone(),
                clients.clone(),
                settings.output.clone(),
                settings.tracer.clone(),
            ),
            allowed_hosts,
            environment: settings.environment.clone(),
            clock: settings.clock,
            max_memory: settings.max_memory,
            large: LargeInstances::default(),
            output: settings.output.clone(),
            tracer: settings.tracer.clone(),
            guests: settings.guests.clone(),
        });
        crate::postgres::warm(&grants);
        let pool = InstancePool::new(&component, &linker, grants, settings.limits)
            .with_context(|| format!("component {id:?}"))?;
        components.insert(id, Arc::new(pool));
    }
    directory.fill(components.iter());
    Ok(Application {
        router: router(manifest, &components, &settings.output)?,
        components,
        max_request_body: settings.max_request_body,
        output: settings.output.clone(),
        tracer: settings.tracer.clone(),
        name: manifest.application.name.clone(),
        version: manifest.application.version.clone(),
    })
}

fn router(
    manifest: &Manifest,
    components: &BTreeMap<String, Arc<InstancePool>>,
    output: &Output,
) -> Result<Router<Target>> {
    let mut routes = Vec::new();
    for trigger in manifest.http_triggers() {
        let Route::Public(route) = &trigger.route else {
            continue;
        };
        let target = match (&trigger.component, &trigger.static_response) {
            (Some(id), _) => Target::Component(
                id.clone(),
                components
                    .get(id)
                    .with_context(|| format!("no component {id:?}"))?
                    .clone(),
            ),
            (None, Some(response)) => Target::Static(response.to_response()?),
            (None, None) => bail!("the route {route:?} leads nowhere"),
        };
        routes.push((route.clone(), Arc::new(target)));
    }
    let (router, replaced) = Router::new(routes)?;
    for route in replaced {
        output.event(&json!({"level": "error", "message": "two triggers have the same route; the last one counts", "route": route}));
    }
    Ok(router)
}

/// Reads all files, checks every import against the grants, and links dependencies.
fn link(manifest: &Manifest, variables: &BTreeMap<String, String>) -> Result<Vec<Linked>> {
    let mut files = BTreeMap::new();
    for (id, component) in &manifest.components {
        let path = manifest.folder.join(&component.source);
        let wasm = std::fs::read(&path).with_context(|| {
            format!(
                "component {id:?}: cannot read {}; build it first",
                path.display()
            )
        })?;
        let surface = Surface::read(id, &wasm)?;
        files.insert(id.as_str(), File { wasm, surface });
    }
    let served = manifest.served_components();
    let mut linked = Vec::new();
    for (id, component) in manifest
        .components
        .iter()
        .filter(|(id, _)| served.contains(id.as_str()))
    {
        let file = files
            .get(id.as_str())
            .context("every component has been read")?;
        if !file
            .surface
            .exports
            .iter()
            .any(|export| export == "wasi:http/handler@0.3.0")
        {
            bail!(
                "component {id:?} is served by a [[trigger.http]] but doesn't export \"wasi:http/handler@0.3.0\"; it exports {}",
                file.surface.exports.join(", ")
            );
        }
        let place = format!("[component.{id}] allowed_outbound_hosts");
        let mut entries = Vec::new();
        for entry in &component.allowed_outbound_hosts {
            let filled = template::render(entry, variables, &place)?;
            if !allowed_hosts::is_off(entry, &filled) {
                entries.push(filled);
            }
        }
        let allowed_hosts = AllowedHosts::parse(entries.iter().map(String::as_str))
            .with_context(|| format!("[component.{id}]"))?;
        if let Some(unknown) = allowed_hosts
            .chained_components()
            .find(|target| !served.contains(target))
        {
            bail!(
                "[component.{id}] may call \"http://{unknown}.spin.internal\", but no [[trigger.http]] serves a component {unknown:?}"
            );
        }
        let mut providers = Vec::new();
        for (name, dependency) in &component.dependencies {
            let file = files
                .get(dependency.component.as_str())
                .context("every component has been read")?;
            providers.push(Provider {
                name,
                component: &dependency.component,
                wasm: &file.wasm,
                surface: &file.surface,
            });
            capabilities::check_dependency(
                &dependency.component,
                id,
                &file.surface.imports,
                &dependency.inherit_configuration,
                component,
                &allowed_hosts,
            )?;
        }
        let plan = composition::plan(id, &file.surface.imports, &providers)?;
        let unprovided = file
            .surface
            .imports
            .iter()
            .filter(|import| !plan.contains_key(&import.name));
        capabilities::check_component(id, unprovided, component, &allowed_hosts)?;
        let wasm = if plan.is_empty() {
            file.wasm.clone()
        } else {
            composition::compose(id, &file.wasm, &file.surface.exports, &providers, &plan)?
        };
        linked.push(Linked {
            id: id.clone(),
            wasm,
            allowed_hosts,
        });
    }
    Ok(linked)
}

/// Compiles the components beside each other.
fn compile(
    engine: &Engine,
    cache: &CompilationCache,
    linked: &[Linked],
) -> Result<Vec<wasmtime::component::Component>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = linked
            .iter()
            .map(|component| scope.spawn(|| cache.compile(engine, &component.id, &component.wasm)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .map_err(|_| anyhow::anyhow!("the compiler panicked"))?
            })
            .collect()
    })
}
