//! The store may be empty, slow or down: the answer is the same, made anew.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

extern crate spindle_kit as kit;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use kit::key_value::{KeyValue, KeyValueError};
use kit::{App, AppBuilder, Ports};
use utoipa_axum::router::OpenApiRouter;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Good,
    Hanging,
    Down,
}

struct Store {
    mood: Mutex<Mood>,
    asked: AtomicU32,
    values: Mutex<HashMap<String, Vec<u8>>>,
}

impl Store {
    fn new(mood: Mood) -> Arc<Self> {
        Arc::new(Self {
            mood: Mutex::new(mood),
            asked: AtomicU32::new(0),
            values: Mutex::default(),
        })
    }

    async fn behave(&self) -> Result<(), KeyValueError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Good => Ok(()),
            Mood::Hanging => std::future::pending().await,
            Mood::Down => Err(KeyValueError("connection refused".to_owned())),
        }
    }
}

struct Shared(Arc<Store>);

#[async_trait]
impl KeyValue for Shared {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.0.behave().await?;
        Ok(self.0.values.lock().unwrap().get(key).cloned())
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.0.behave().await?;
        self.0
            .values
            .lock()
            .unwrap()
            .insert(key.to_owned(), value.to_vec());
        Ok(())
    }
}

fn app(store: &Arc<Store>) -> App {
    let ports = Ports {
        key_value: Arc::new(Shared(Arc::clone(store))),
        ..Ports::none(Arc::new(HashMap::new()))
    };
    AppBuilder::new("test", ports)
        .routes(OpenApiRouter::new())
        .app()
        .clone()
}

async fn ask(app: &App, made: &AtomicU32, life: Duration) -> String {
    app.cached("greeting", life, || async {
        made.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        Ok::<_, std::convert::Infallible>("hello".to_owned())
    })
    .await
    .unwrap()
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_is_kept_is_not_made_again_until_its_time_is_over() {
    let store = Store::new(Mood::Good);
    let made = AtomicU32::new(0);
    for _ in 0..3 {
        assert_eq!(ask(&app(&store), &made, LONG).await, "hello");
    }
    assert_eq!(made.load(Ordering::SeqCst), 1);
    app(&store).forget("greeting").await;
    ask(&app(&store), &made, Duration::ZERO).await;
    ask(&app(&store), &made, Duration::ZERO).await;
    assert_eq!(made.load(Ordering::SeqCst), 3, "forgotten, then expired");
}

#[tokio::test]
async fn twenty_at_once_make_it_once() {
    let store = Store::new(Mood::Good);
    let made = AtomicU32::new(0);
    let app = app(&store);
    futures::future::join_all((0..20).map(|_| ask(&app, &made, LONG))).await;
    assert_eq!(made.load(Ordering::SeqCst), 1);
}

/// Of a greeting that says what `said` says now, and whose stamp is the same. Who knows the stamp is told nothing else.
async fn ask_for_the_present(app: &App, made: &AtomicU32, said: &str) -> String {
    app.cached_under_stamp(
        "present",
        LONG,
        |known| async move {
            tokio::task::yield_now().await;
            let news = (known.as_deref() != Some(said)).then(|| said.to_owned());
            Ok::<_, &str>((said.to_owned(), news))
        },
        |news: Option<String>| {
            made.fetch_add(1, Ordering::SeqCst);
            news.ok_or("nobody is told nothing who knows nothing")
        },
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn what_is_kept_under_a_stamp_is_never_old_and_each_change_is_made_once() {
    let store = Store::new(Mood::Good);
    let made = AtomicU32::new(0);
    let app = app(&store);
    for (said, times) in [
        ("good morning", 1),
        ("good evening", 2),
        ("good evening", 2),
    ] {
        let all = (0..20).map(|_| ask_for_the_present(&app, &made, said));
        for heard in futures::future::join_all(all).await {
            assert_eq!(heard, said);
        }
        assert_eq!(made.load(Ordering::SeqCst), times, "{said}");
    }
    *store.mood.lock().unwrap() = Mood::Down;
    for times in [3, 4] {
        let heard = ask_for_the_present(&app, &made, "good night").await;
        assert_eq!(
            (heard.as_str(), made.load(Ordering::SeqCst)),
            ("good night", times)
        );
    }
}

#[tokio::test]
async fn a_store_that_fails_or_hangs_is_counted_and_left_alone_for_a_while() {
    for mood in [Mood::Down, Mood::Hanging] {
        let store = Store::new(mood);
        let made = AtomicU32::new(0);
        let app = app(&store);
        let started = Instant::now();
        for _ in 0..50 {
            assert_eq!(ask(&app, &made, LONG).await, "hello");
        }
        // Once, and once more for each second that this machine took over it.
        let most = 1 + started.elapsed().as_secs();
        let asked = u64::from(store.asked.load(Ordering::SeqCst));
        assert!((1..=most).contains(&asked), "{mood:?}: {asked} of {most}");
        assert_eq!(made.load(Ordering::SeqCst), 50, "{mood:?}");
        assert_eq!(app.key_value_failures(), asked, "{mood:?}");
    }
}

#[tokio::test]
async fn what_another_version_wrote_is_nothing() {
    let store = Store::new(Mood::Good);
    for bytes in [
        &b"\xff"[..],
        b"{}",
        br#"{"expires_at":99999999999999,"value":{"a":1}}"#,
    ] {
        store
            .values
            .lock()
            .unwrap()
            .insert("greeting".to_owned(), bytes.to_vec());
        let made = AtomicU32::new(0);
        assert_eq!(ask(&app(&store), &made, LONG).await, "hello");
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }
}
