//! Spans, as a collector gets them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

use crate::app::{App, GRANTS, Setup, all, silent_address};
use crate::components;
use crate::database::Database;

const SERVER: i32 = 2;
const CLIENT: i32 = 3;

/// What a collector was sent, and the headers that a peer of the guest was.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Collector {
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serving = collector.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let collector = serving.clone();
                let service = service_fn(move |request: hyper::Request<Incoming>| {
                    let collector = collector.clone();
                    async move { Ok::<_, hyper::Error>(collector.take(request).await) }
                });
                tokio::spawn(async move {
                    let builder =
                        hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                    let _ = builder
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        (collector, address)
    }

    async fn take(&self, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
        if request.uri().path() != "/v1/traces" {
            let told = request.headers().get("traceparent");
            let told = told.map_or("", |told| told.to_str().unwrap()).to_owned();
            self.told.lock().unwrap().push(told);
            return hyper::Response::new(Full::default());
        }
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let sent = ExportTraceServiceRequest::decode(body).unwrap();
        let mut spans = self.spans.lock().unwrap();
        for resource in sent.resource_spans {
            for scope in resource.scope_spans {
                spans.extend(scope.spans);
            }
        }
        hyper::Response::new(Full::default())
    }

    /// All spans, once the application has ended.
    async fn spans_of(&self, app: App) -> Vec<Span> {
        app.host.shutdown().await.unwrap();
        std::mem::take(&mut *self.spans.lock().unwrap())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attributes(span: &Span) -> BTreeMap<&str, String> {
    span.attributes
        .iter()
        .map(|pair| {
            let value = pair.value.as_ref().unwrap().value.as_ref().unwrap();
            let text = match value {
                Value::StringValue(text) => text.clone(),
                Value::IntValue(number) => number.to_string(),
                other => format!("{other:?}"),
            };
            (pair.key.as_str(), text)
        })
        .collect()
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

fn the<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = named(spans, name);
    let all: Vec<_> = spans.iter().map(|span| &span.name).collect();
    assert_eq!(found.len(), 1, "{name} among {all:?}");
    found[0]
}

fn traceparent(number: u32) -> String {
    format!("00-{number:032x}-00f067aa0ba902b7-01")
}

fn sending_to(collector: &str, setup: Setup) -> Setup {
    setup.options(|options| options.otlp_endpoint = Some(collector.to_owned()))
}

#[tokio::test]
async fn the_spans_of_a_request_stand_below_each_other_and_below_the_caller_s() {
    let database = Database::new().await;
    let (collector, address) = Collector::start().await;
    let setup = Setup::new().database(&database.url, &database.host);
    let app = sending_to(&address, setup).start().await;
    let query = "/query?sql=select%20'noted'::text";
    let response = app.client.get(app.url(query));
    let response = response.header("traceparent", traceparent(0xabc)).send();
    assert_eq!(response.await.unwrap().status(), 200);
    let spans = collector.spans_of(app).await;

    let request = the(&spans, "GET /...");
    assert_eq!(
        (request.kind, hex(&request.parent_span_id).as_str()),
        (SERVER, "00f067aa0ba902b7")
    );
    let told = attributes(request);
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/..."),
        ("http.response.status_code", "200"),
        ("url.path", "/query"),
    ] {
        assert_eq!(told.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!told.contains_key("url.query"), "{told:?}");
    let component = the(&spans, "execute_wasm_component guest");
    assert_eq!(component.parent_span_id, request.span_id);
    for name in [
        "spin_outbound_pg.open_async",
        "spin_outbound_pg.query_async",
    ] {
        let call = the(&spans, name);
        assert_eq!(
            (call.kind, &call.parent_span_id),
            (CLIENT, &component.span_id),
            "{name}"
        );
        assert_eq!(attributes(call)["db.system.name"], "postgresql");
    }
    let query = attributes(the(&spans, "spin_outbound_pg.query_async"));
    assert_eq!(query["statement"], "select 'noted'::text");
    for span in &spans {
        assert_eq!(
            hex(&span.trace_id),
            format!("{:032x}", 0xabc),
            "{}",
            span.name
        );
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
    }
}

#[tokio::test]
async fn requests_that_one_instance_answers_at_once_keep_their_calls_apart() {
    let database = Database::new().await;
    let (collector, address) = Collector::start().await;
    let setup = Setup::new()
        .database(&database.url, &database.host)
        .options(|options| options.max_instances = 1);
    let app = sending_to(&address, setup).start().await;
    all((1..=16_u32).map(|number| {
        let url = app.url(&format!(
            "/query-kept?sql=select%20{number}::int4%20from%20pg_sleep(0.05)"
        ));
        let request = app.client.get(url);
        let request = request.header("traceparent", traceparent(number)).send();
        async move { assert_eq!(request.await.unwrap().status(), 200) }
    }))
    .await;
    let spans = collector.spans_of(app).await;
    let queries = named(&spans, "spin_outbound_pg.query_async");
    assert_eq!(queries.len(), 16);
    for query in queries {
        let statement = attributes(query)["statement"].clone();
        let number = u32::from_str_radix(&hex(&query.trace_id), 16).unwrap();
        assert!(
            statement.starts_with(&format!("select {number}::int4 ")),
            "{statement} is in the trace of request {number}"
        );
    }
}

#[tokio::test]
async fn a_call_outside_and_a_call_within_carry_the_trace_on() {
    let (collector, address) = Collector::start().await;
    let private = format!(
        "[[trigger.http]]\nroute = {{ private = true }}\ncomponent = \"inner\"\n[component.inner]\nsource = {:?}\n{GRANTS}[component.inner.dependencies]\n\"test:math/adder@1.0.0\" = {{ component = \"adder\" }}\n",
        components::guest(),
    );
    let hosts = format!("{address}\", \"http://inner.spin.internal");
    let setup = Setup::new()
        .grants(GRANTS.replace("http://other.example", &hosts))
        .and(&private);
    let app = sending_to(&address, setup).start().await;
    for url in [
        &format!("{address}/peer"),
        "http://inner.spin.internal/hello",
    ] {
        let request = app.client.get(app.url(&format!("/fetch?url={url}")));
        let request = request.header("traceparent", traceparent(7)).send();
        assert_eq!(request.await.unwrap().status(), 200, "{url}");
    }
    let told = collector.told.lock().unwrap().clone();
    let spans = collector.spans_of(app).await;

    let calls: Vec<_> = named(&spans, "GET");
    assert_eq!(calls.len(), 2);
    let components = named(&spans, "execute_wasm_component guest");
    for call in &calls {
        assert_eq!(
            (call.kind, hex(&call.trace_id)),
            (CLIENT, format!("{:032x}", 7))
        );
        assert!(
            components
                .iter()
                .any(|component| component.span_id == call.parent_span_id),
            "{call:?}"
        );
        assert_eq!(attributes(call)["http.response.status_code"], "200");
    }
    let ids: Vec<_> = calls.iter().map(|call| hex(&call.span_id)).collect();
    assert_eq!(told.len(), 1);
    assert!(
        ids.iter()
            .any(|id| told[0] == format!("00-{:032x}-{id}-01", 7)),
        "{told:?}"
    );
    let inner = the(&spans, "execute_wasm_component inner");
    assert!(ids.contains(&hex(&inner.parent_span_id)));
}

#[tokio::test]
async fn what_nobody_traces_gets_no_span_and_is_told_nothing() {
    let (collector, address) = Collector::start().await;
    let app = sending_to(&address, Setup::new()).start().await;
    let unsampled = traceparent(5).replace("-01", "-00");
    let request = app.client.get(app.url("/headers"));
    let request = request.header("traceparent", &unsampled).send();
    let headers = request.await.unwrap().text().await.unwrap();
    assert!(
        headers.contains(&format!("{:032x}", 5)) && headers.contains("-00\""),
        "{headers}"
    );
    assert!(collector.spans_of(app).await.is_empty());

    let app = Setup::new().start().await;
    assert!(!app.text("/headers").await.contains("traceparent"));
    let request = app.client.get(app.url("/headers"));
    let request = request.header("traceparent", &unsampled).send();
    let headers = request.await.unwrap().text().await.unwrap();
    assert!(headers.contains(&unsampled), "{headers}");
}

#[tokio::test]
async fn a_method_that_somebody_made_up_is_no_name_of_a_span() {
    let (collector, address) = Collector::start().await;
    let app = sending_to(&address, Setup::new()).start().await;
    let made_up = reqwest::Method::from_bytes(b"MADEUP").unwrap();
    let request = app.client.request(made_up, app.url("/hello"));
    assert_eq!(request.send().await.unwrap().status(), 200);
    let spans = collector.spans_of(app).await;
    let told = attributes(the(&spans, "_OTHER /..."));
    assert_eq!(told["http.request.method"], "_OTHER");
}

#[tokio::test]
async fn a_collector_that_is_gone_holds_nobody_up() {
    let (_silent, closed) = silent_address();
    let address = format!("http://{closed}");
    let app = sending_to(&address, Setup::new()).start().await;
    let begun = Instant::now();
    for _ in 0..50 {
        assert_eq!(app.text("/hello").await, "hello");
    }
    app.host.shutdown().await.unwrap();
    // The exporter gives a collector ten seconds each time.
    assert!(begun.elapsed() < Duration::from_secs(60));
}
