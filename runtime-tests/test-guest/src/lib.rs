#![doc = include_str!("../README.md")]
#![expect(
    clippy::print_stdout,
    clippy::panic,
    reason = "printing and panicking are among the deeds that the tests ask for"
)]

mod database;
// The kit's own, so that the host's tests prove the lock that every component has.
#[path = "../../../crates/kit/src/turn.rs"]
mod turn;
mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "guest", generate_all });
}

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value, json};
use spin_sdk::http::{BoxBody, FullBody, Request, Response, box_body};
use spin_sdk::http_service;
use spin_sdk::key_value::Store;
use spin_sdk::time::sleep;

/// Requests that this instance has begun.
static BEGUN: AtomicU32 = AtomicU32::new(0);
/// Requests that this instance is answering now, and the most that it ever was.
static NOW: AtomicU32 = AtomicU32::new(0);
static MOST: AtomicU32 = AtomicU32::new(0);
/// Who this instance is.
static INSTANCE: OnceLock<u64> = OnceLock::new();

#[http_service]
async fn handle(request: Request) -> Response<BoxBody> {
    BEGUN.fetch_add(1, Ordering::Relaxed);
    MOST.fetch_max(NOW.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
    let answer = answer(request).await;
    NOW.fetch_sub(1, Ordering::Relaxed);
    answer.unwrap_or_else(|error| {
        let mut response = text(format!("{error:#}"));
        *response.status_mut() = http::StatusCode::IM_A_TEAPOT;
        response
    })
}

async fn answer(request: Request) -> Result<Response<BoxBody>> {
    let query: BTreeMap<String, String> = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), decode(value)))
        .collect();
    let text_of = |name: &str| {
        query
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("?{name}= is missing"))
    };
    let number = |name: &str| {
        text_of(name)?
            .parse::<u64>()
            .with_context(|| format!("?{name}= is no number"))
    };
    let path = request.uri().path().to_owned();
    Ok(
        match path
            .trim_start_matches(|c| c != '/')
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default()
        {
            "hello" => text("hello"),
            "uri" => text(request.uri().to_string()),
            "headers" => {
                let headers: Vec<_> = request
                    .headers()
                    .iter()
                    .map(|(name, value)| json!([name.as_str(), value.to_str().unwrap_or("?")]))
                    .collect();
                json_text(&Value::Array(headers))
            }
            "instance" => json_text(&instance()),
            "wait" => {
                sleep(Duration::from_millis(number("ms")?)).await;
                json_text(&instance())
            }
            "spin" => loop {
                std::hint::spin_loop();
            },
            "compute" => {
                let end = SystemTime::now() + Duration::from_millis(number("ms")?);
                while SystemTime::now() < end {}
                json_text(&instance())
            }
            "allocate" => {
                let bytes = usize::try_from(number("mib")?)? << 20;
                let memory = vec![1_u8; bytes];
                text(std::hint::black_box(&memory).len().to_string())
            }
            "hold-memory" => {
                let memory = vec![1_u8; usize::try_from(number("mib")?)? << 20];
                sleep(Duration::from_millis(number("ms")?)).await;
                drop(std::hint::black_box(memory));
                json_text(&instance())
            }
            "trap" => panic!("asked to"),
            "trap-after" => {
                sleep(Duration::from_millis(number("ms")?)).await;
                panic!("asked to, later")
            }
            "variable" => text(spin_sdk::variables::get(text_of("name")?).await?),
            "clock" => {
                let wasi = spin_sdk::wasip3::clocks::system_clock::now().seconds;
                let std = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
                json_text(&json!({"wasi": wasi, "std": std}))
            }
            "get" => {
                let store =
                    Store::open(query.get("store").map_or("default", String::as_str)).await?;
                text(
                    store
                        .get(text_of("key")?)
                        .await?
                        .map_or("none".to_owned(), |value| {
                            String::from_utf8_lossy(&value).into_owned()
                        }),
                )
            }
            "set" => {
                Store::open_default()
                    .await?
                    .set(text_of("key")?, text_of("value")?)
                    .await?;
                text("set")
            }
            "delete" => {
                Store::open_default().await?.delete(text_of("key")?).await?;
                text("deleted")
            }
            "keys" => {
                let store = Store::open_default().await?;
                let mut keys = store.get_keys().await.collect().await?;
                keys.sort();
                json_text(&json!(keys))
            }
            "add" => text(
                bindings::test::math::adder::add(
                    u32::try_from(number("a")?)?,
                    u32::try_from(number("b")?)?,
                )
                .to_string(),
            ),
            "fetch" => {
                let mut call = http::Request::get(text_of("url")?);
                if let Some(trace) = request.headers().get("traceparent") {
                    call = call.header("traceparent", trace);
                }
                let call = call.body(FullBody::new(Bytes::new()))?;
                let response = spin_sdk::http::send(call).await?;
                let (parts, body) = response.into_parts();
                let body = body.collect().await?.to_bytes();
                Response::builder()
                    .status(parts.status)
                    .body(box_body(FullBody::new(body)))?
            }
            "echo" => Response::new(box_body(request.into_body())),
            "length" => text(
                request
                    .into_body()
                    .collect()
                    .await?
                    .to_bytes()
                    .len()
                    .to_string(),
            ),
            "print" => {
                println!("{}", text_of("line")?);
                text("printed")
            }
            "stream" => stream(number("frames")?, Duration::from_millis(number("ms")?)),
            deed => database::answer(deed, &query).await?,
        },
    )
}

/// An answer of several frames with pauses between them.
fn stream(frames: u64, pause: Duration) -> Response<BoxBody> {
    let frames = futures::stream::unfold(0, move |sent| async move {
        if sent == frames {
            return None;
        }
        sleep(pause).await;
        Some((
            Ok::<_, anyhow::Error>(http_body::Frame::data(Bytes::from(format!(
                "frame {sent}\n"
            )))),
            sent + 1,
        ))
    });
    Response::new(box_body(StreamBody::new(frames)))
}

fn instance() -> Value {
    let id = INSTANCE.get_or_init(|| {
        let random = spin_sdk::wasip3::random::random::get_random_u64();
        // A number that JSON can hold exactly.
        random >> 12
    });
    json!({"instance": id, "begun": BEGUN.load(Ordering::Relaxed), "most_at_once": MOST.load(Ordering::Relaxed)})
}

pub(crate) fn text(text: impl Into<String>) -> Response<BoxBody> {
    Response::new(box_body(FullBody::new(Bytes::from(text.into()))))
}

pub(crate) fn json_text(value: &Value) -> Response<BoxBody> {
    text(value.to_string())
}

/// `%20` and `+` as in a form.
fn decode(value: &str) -> String {
    let value = value.replace('+', " ");
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| tail.split_at_checked(2)).flatten();
        let escaped = escaped.and_then(|(digits, tail)| {
            Some((
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?,
                tail,
            ))
        });
        let (byte, tail) = escaped.unwrap_or((*first, tail));
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
