//! Starting and stopping the application.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::application::Application;
use crate::clock::OffsetClock;
use crate::engine::{self, CompilationCache, EpochTicker, GuestCount};
use crate::instances::InstanceLimits;
use crate::loading::{self, Settings};
use crate::manifest::Manifest;
use crate::options::Options;
use crate::output::Output;
use crate::runtime_config::RuntimeConfig;
use crate::telemetry::{self, Exporter, Tracer};
use crate::ticks::Ticks;
use crate::variables::{self, Sources};
use crate::{production, server};

/// The host of one application.
#[derive(Debug)]
pub struct Host;

/// An application that listens.
#[derive(Debug)]
pub struct RunningHost {
    address: SocketAddr,
    application: Arc<Application>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    output: Output,
    exporter: Option<Exporter>,
    _epochs: EpochTicker,
}

impl Host {
    /// Loads the application and listens. All that can be wrong with it is found here, not at the first request.
    pub async fn start(options: Options) -> Result<RunningHost> {
        let manifest = Manifest::load(&options.from)?;
        let runtime_config = RuntimeConfig::load(options.runtime_config_file.as_deref())?;
        let values = resolve_variables(&manifest, &options, &runtime_config)?;
        production::check(&manifest, &values)?;
        let ticks = manifest
            .application
            .tool
            .spindle
            .tick
            .as_ref()
            .map(|schedule| Ticks::new(schedule, &values))
            .transpose()?;
        let state_dir = state_dir(&manifest, &options, &runtime_config);
        let output = Output::start(Some(state_dir.join("logs")), options.quiet)?;
        let (exporter, tracer) = telemetry::start(
            options.otlp_endpoint.as_deref(),
            &|name| std::env::var(name).ok(),
            &output,
        )?;
        let listener = server::listen(options.listen)?;
        let address = listener.local_addr()?;

        let loading = {
            let (options, output) = (options.clone(), output.clone());
            tokio::task::spawn_blocking(move || {
                load(
                    &manifest,
                    &options,
                    &runtime_config,
                    &values,
                    &state_dir,
                    output,
                    tracer,
                )
            })
        };
        let (application, epochs) = loading.await.context("the loader panicked")??;

        let application = Arc::new(application);
        let (stop, stopped) = watch::channel(false);
        if let Some(ticks) = ticks {
            tokio::spawn(ticks.run(application.clone(), stopped.clone(), output.clone()));
        }
        let serving = tokio::spawn(server::serve(
            listener,
            application.clone(),
            stopped,
            options.drain_timeout,
            output.clone(),
        ));
        Ok(RunningHost {
            address,
            application,
            stop,
            serving,
            output,
            exporter,
            _epochs: epochs,
        })
    }
}

impl RunningHost {
    /// Where it listens, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as the beginning of URLs.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The public routes: path, whether it is a wildcard, and the component.
    pub fn routes(&self) -> impl Iterator<Item = (&str, bool, Option<&str>)> {
        self.application.routes()
    }

    /// Takes no new requests, lets those under way end within the drain time-out, and stops.
    pub async fn shutdown(self) -> Result<()> {
        self.stop.send_replace(true);
        self.serving.await.context("the server panicked")?;
        let (output, exporter) = (self.output, self.exporter);
        drop(self.application);
        tokio::task::spawn_blocking(move || {
            if let Some(exporter) = exporter {
                exporter.stop();
            }
            output.flush();
        })
        .await
        .context("the output cannot be flushed")
    }
}

fn load(
    manifest: &Manifest,
    options: &Options,
    runtime_config: &RuntimeConfig,
    variables: &BTreeMap<String, String>,
    state_dir: &Path,
    output: Output,
    tracer: Tracer,
) -> Result<(Application, EpochTicker)> {
    let engine = engine::engine(memories(manifest, options.max_instances))?;
    let guests = GuestCount::default();
    let epochs = EpochTicker::start(&engine, guests.clone())?;
    let cache = CompilationCache::new(Some(
        options
            .cache_dir
            .clone()
            .unwrap_or_else(|| state_dir.join("cache")),
    ))?;
    let environment = options.environment.iter().map(|pair| {
        let (name, value) = pair
            .split_once('=')
            .with_context(|| format!("--env {pair}: write NAME=VALUE"))?;
        Ok((name.to_owned(), value.to_owned()))
    });
    let settings = Settings {
        variables,
        runtime_config,
        state_dir,
        cache: &cache,
        limits: InstanceLimits {
            max_reuse: options.max_instance_reuse_count,
            max_concurrent: options.max_instance_concurrent_reuse_count,
            idle_timeout: options.idle_instance_timeout,
            request_timeout: options.request_timeout,
            max_instances: options.max_instances.max(1),
            max_in_flight: options.max_requests_in_flight.max(1),
        },
        max_memory: options
            .max_instance_memory
            .or(runtime_config.max_instance_memory),
        environment: environment.collect::<Result<_>>()?,
        clock: OffsetClock {
            offset: options.clock_offset,
        },
        max_request_body: options.max_request_body,
        output,
        tracer,
        guests,
    };
    Ok((loading::load(&engine, manifest, &settings)?, epochs))
}

/// The linear memories of all instances that may live at the same time: one per component and per dependency in it.
fn memories(manifest: &Manifest, max_instances: usize) -> u32 {
    let served = manifest.served_components();
    let parts: usize = served
        .iter()
        .filter_map(|id| manifest.components.get(*id))
        .map(|component| 1 + component.dependencies.len())
        .sum();
    u32::try_from(parts.max(1).saturating_mul(max_instances.max(1))).unwrap_or(u32::MAX)
}

fn state_dir(manifest: &Manifest, options: &Options, runtime_config: &RuntimeConfig) -> PathBuf {
    options
        .state_dir
        .clone()
        .or_else(|| runtime_config.state_dir.clone())
        .unwrap_or_else(|| manifest.folder.join(".spin"))
}

fn resolve_variables(
    manifest: &Manifest,
    options: &Options,
    runtime_config: &RuntimeConfig,
) -> Result<BTreeMap<String, String>> {
    let mut command_line = BTreeMap::new();
    for argument in &options.variables {
        command_line.extend(variables::from_argument(argument)?);
    }
    let sources = Sources {
        command_line,
        providers: &runtime_config.variables_providers,
    };
    variables::resolve(manifest, &sources, &|name| std::env::var(name).ok())
}
