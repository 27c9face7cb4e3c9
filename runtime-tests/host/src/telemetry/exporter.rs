//! The way to the collector: OTLP over HTTP, protobuf, in batches from a thread of its own.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use serde_json::json;
use tokio::runtime::Handle;

use super::Tracer;
use crate::output::Output;

/// Spans that may wait. The library's 2048 are a tenth of a second of a busy host, and what does not fit is lost to the figures
/// that the collector makes of spans.
const QUEUE: usize = 65_536;
/// Spans in one request to the collector: a megabyte or so.
const BATCH: usize = 4096;
/// How long a span waits for others.
const DELAY: Duration = Duration::from_secs(1);
/// How long the collector may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const MAX_ANSWER: usize = 64 << 10;
/// How often a collector that does not answer is reported.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// Sends spans until it is stopped.
#[derive(Debug)]
pub(crate) struct Exporter(SdkTracerProvider);

/// Starts sending, if a collector is named. `endpoint` is `OTEL_EXPORTER_OTLP_ENDPOINT` or its option; `variable` reads the
/// others, which mean what OpenTelemetry says. Called from within the runtime that then sends.
pub(crate) fn start(
    endpoint: Option<&str>,
    variable: &dyn Fn(&str) -> Option<String>,
    output: &Output,
) -> Result<(Option<Exporter>, Tracer)> {
    let Some(endpoint) = traces_endpoint(endpoint, variable)? else {
        return Ok((None, Tracer::default()));
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client::new(output.clone())?)
        .with_endpoint(endpoint)
        .with_timeout(TIMEOUT)
        .build()
        .map_err(|error| anyhow::anyhow!("the exporter of spans: {error}"))?;
    let mut batch = BatchConfigBuilder::default();
    if variable("OTEL_BSP_MAX_QUEUE_SIZE").is_none() {
        batch = batch.with_max_queue_size(QUEUE);
    }
    if variable("OTEL_BSP_MAX_EXPORT_BATCH_SIZE").is_none() {
        batch = batch.with_max_export_batch_size(BATCH);
    }
    if variable("OTEL_BSP_SCHEDULE_DELAY").is_none() {
        batch = batch.with_scheduled_delay(DELAY);
    }
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batch.build())
        .build();
    let mut resource = Resource::builder()
        .with_attributes([KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))]);
    if variable("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("spindle");
    }
    let provider = SdkTracerProvider::builder()
        .with_resource(resource.build())
        .with_span_processor(processor)
        .build();
    let tracer = Tracer::of(provider.tracer("spindle-host"));
    Ok((Some(Exporter(provider)), tracer))
}

impl Exporter {
    /// Sends what still waits. Blocks for a few seconds at most, and needs the runtime meanwhile.
    pub(crate) fn stop(&self) {
        // A collector that does not answer has been reported.
        let _ = self.0.shutdown();
    }
}

/// Where spans go; none if they go nowhere.
fn traces_endpoint(
    endpoint: Option<&str>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<String>> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
    let Some(endpoint) = set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| {
        endpoint.map(|endpoint| format!("{}/v1/traces", endpoint.trim_end_matches('/')))
    }) else {
        return Ok(None);
    };
    let protocol = set("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        .or_else(|| set("OTEL_EXPORTER_OTLP_PROTOCOL"))
        .unwrap_or_else(|| "http/protobuf".to_owned());
    if protocol != "http/protobuf" {
        bail!(
            "this host sends spans by http/protobuf, not by {protocol:?}; leave OTEL_EXPORTER_OTLP_PROTOCOL away and name the collector's HTTP port, 4318"
        );
    }
    if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
        bail!("{endpoint:?} is no address of a collector; write http://HOST:4318");
    }
    Ok(Some(endpoint))
}

/// Carries batches. The library's thread has no runtime, so the host's does the work.
#[derive(Debug)]
struct Client {
    client: HyperClient,
    runtime: Handle,
    output: Output,
    reported: Mutex<Option<Instant>>,
}

type HyperClient = hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

impl Client {
    fn new(output: Output) -> Result<Self> {
        let connector = crate::outbound_http::connector(TIMEOUT)?;
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        Ok(Self {
            client,
            runtime: Handle::current(),
            output,
            reported: Mutex::default(),
        })
    }

    /// Says, now and then, that spans are lost.
    fn report(&self, cause: &str) {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.is_none_or(|last| last.elapsed() >= REPORT_EVERY) {
            *reported = Some(Instant::now());
            self.output.event(&json!({"level": "warn", "message": "spans cannot be sent to the collector", "error": cause}));
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let sending = send(self.client.clone(), request.map(Full::new));
        let answer = match self.runtime.spawn(sending).await {
            Ok(answer) => answer,
            Err(error) => Err(HttpError::from(error)),
        };
        match &answer {
            Ok(response) if response.status().is_success() => {}
            Ok(response) => self.report(response.status().as_str()),
            Err(error) => self.report(&error.to_string()),
        }
        answer
    }
}

async fn send(
    client: HyperClient,
    request: http::Request<Full<Bytes>>,
) -> Result<http::Response<Bytes>, HttpError> {
    let exchange = async {
        let (parts, body) = client.request(request).await?.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await?.to_bytes();
        Ok::<_, HttpError>(http::Response::from_parts(parts, body))
    };
    tokio::time::timeout(TIMEOUT, exchange).await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_go_where_opentelemetry_s_variables_say_and_nowhere_by_default() {
        let base = Some("http://collector:4318");
        let of = |endpoint: Option<&str>, variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                variables
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            };
            traces_endpoint(endpoint, &variable).map_err(|error| error.to_string())
        };
        let to = |address: &str| Ok(Some(address.to_owned()));
        assert_eq!(of(None, &[]), Ok(None));
        assert_eq!(of(Some(""), &[]), Ok(None));
        assert_eq!(of(base, &[]), to("http://collector:4318/v1/traces"));
        assert_eq!(
            of(Some("http://collector:4318/"), &[]),
            to("http://collector:4318/v1/traces")
        );
        let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://other/spans");
        assert_eq!(of(base, &[own]), to("https://other/spans"));
        assert_eq!(of(None, &[own]), to("https://other/spans"));
        assert_eq!(of(base, &[("OTEL_SDK_DISABLED", "true")]), Ok(None));
        for (endpoint, variables) in [
            (base, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")][..]),
            (Some("collector:4317"), &[][..]),
        ] {
            assert!(of(endpoint, variables).is_err(), "{endpoint:?}");
        }
    }
}
