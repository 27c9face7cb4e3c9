//! Token buckets are exact, whoever takes from them at once, and no header gets around them.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;
use kit::limit::Class;
use kit::{AppBuilder, Pages, Ports};
use utoipa_axum::router::OpenApiRouter;

use crate::stage::{Stage, call};

const HERE: (&str, &str) = ("spin-client-addr", "192.0.2.1:999");

#[tokio::test]
async fn thirty_at_once_get_exactly_what_the_bucket_holds() {
    let stage = Stage::new("at_once").await;
    // Three instances, as three hosts would be: none knows of the others.
    let services = [0, 1, 2].map(|_| stage.service(Some("login=10/3600")));
    let answers = join_all((0..30).map(|n| {
        let service = &services[n % 3];
        async move { call(service, "POST /login", &[HERE]).await.status }
    }))
    .await;
    let allowed = answers.iter().filter(|status| **status == 204).count();
    let refused = answers.iter().filter(|status| **status == 429).count();
    assert_eq!((allowed, refused), (10, 20));
}

#[tokio::test]
async fn an_answer_tells_what_is_left_and_a_refusal_when_to_come_back() {
    let stage = Stage::new("headers").await;
    let service = stage.service(Some("login=2/100"));
    let first = call(&service, "POST /login", &[HERE]).await;
    assert_eq!(first.status, 204);
    assert_eq!(first.header("ratelimit-policy"), "\"login\";q=2;w=100");
    assert_eq!(first.header("ratelimit"), "\"login\";r=1;t=50");
    call(&service, "POST /login", &[HERE]).await;
    for round in ["from Postgres", "from memory"] {
        let refused = call(&service, "POST /login", &[HERE]).await;
        assert_eq!(refused.status, 429, "{round}");
        assert_eq!(
            refused.body["type"],
            "urn:spindle:problem:too-many-requests"
        );
        assert_eq!(refused.header("ratelimit-policy"), "\"login\";q=2;w=100");
        assert!(
            refused.header("ratelimit").starts_with("\"login\";r=0;t="),
            "{round}"
        );
        let retry: i64 = refused.header("retry-after").parse().unwrap();
        // Fifty seconds, less what this machine took since the last token.
        assert!((5..=50).contains(&retry), "{round}: {retry}");
    }
}

#[tokio::test]
async fn a_bucket_fills_up_again_and_never_beyond_its_size() {
    let stage = Stage::new("refill").await;
    let db = stage.connect().await;
    // A token in seventeen minutes: none comes by itself while this machine is at work.
    let take = "select (platform.take_token('k', 4, 4000000) ->> 'allowed')::bool";
    let age = async |seconds: f64| {
        db.execute(
            "update platform.token_buckets set counted_at = counted_at - make_interval(secs => $1)",
            &[&seconds],
        )
        .await
        .unwrap();
    };
    let mut allowed = 0;
    let taken = async |times: usize| {
        let mut count = 0;
        for _ in 0..times {
            let row = db.query_one(take, &[]).await.unwrap();
            count += usize::from(row.get::<_, bool>(0));
        }
        count
    };
    allowed += taken(6).await;
    assert_eq!(allowed, 4, "a full bucket");
    age(2_000.0).await;
    assert_eq!(taken(6).await, 2, "half of the time is half of the tokens");
    age(3_600_000.0).await;
    assert_eq!(
        taken(6).await,
        4,
        "forty days are a full bucket and no more"
    );
    age(-30_000.0).await;
    assert_eq!(taken(2).await, 0, "a clock that went back gives nothing");
    let row = db
        .query_one(
            "select (platform.take_token('k', 4, 4000000) ->> 'retry_ms')::int8",
            &[],
        )
        .await
        .unwrap();
    assert!((1..=1_000_000).contains(&row.get::<_, i64>(0)));
}

#[tokio::test]
async fn forged_addresses_change_nothing() {
    let stage = Stage::new("forged").await;
    let service = stage.service(Some("login=3/3600"));
    let mut statuses = Vec::new();
    for forged in ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"] {
        // The host appends its own value after whatever the client sent.
        let headers = [
            ("x-forwarded-for", forged),
            ("forwarded", forged),
            ("x-real-ip", forged),
            ("spin-client-addr", forged),
            HERE,
        ];
        statuses.push(call(&service, "POST /login", &headers).await.status);
    }
    assert_eq!(statuses, [204, 204, 204, 429]);
    let elsewhere = [("spin-client-addr", "192.0.2.2:1")];
    assert_eq!(call(&service, "POST /login", &elsewhere).await.status, 204);
}

#[tokio::test]
async fn a_network_of_ipv6_is_one_client() {
    let stage = Stage::new("ipv6").await;
    let service = stage.service(Some("login=2/3600"));
    let mut statuses = Vec::new();
    for host in ["::1", "::2", ":ffff::3"] {
        let peer = format!("[2001:db8:0:7{host}]:443");
        statuses.push(
            call(&service, "POST /login", &[("spin-client-addr", &peer)])
                .await
                .status,
        );
    }
    assert_eq!(statuses, [204, 204, 429]);
}

#[tokio::test]
async fn each_class_has_its_own_bucket_and_reading_is_free() {
    let stage = Stage::new("classes").await;
    let service = stage.service(Some("login=1/3600,search=1/3600,write=1/3600"));
    for (what, second) in [
        ("POST /login", 429),
        ("GET /search", 429),
        ("PUT /write", 429),
        ("GET /read", 204),
    ] {
        assert_eq!(call(&service, what, &[HERE]).await.status, 204, "{what}");
        assert_eq!(call(&service, what, &[HERE]).await.status, second, "{what}");
    }
    assert_eq!(
        call(&service, "HEAD /search", &[HERE]).await.status,
        429,
        "asking without reading the answer is the same work"
    );
    let nothing = call(&service, "POST /nothing", &[HERE]).await;
    assert_eq!(nothing.status, 404, "what nobody serves costs nothing");
}

#[tokio::test]
async fn attempts_against_one_account_are_counted_wherever_they_come_from() {
    let stage = Stage::new("account").await;
    let service = stage.service(Some("account=3/3600"));
    let mut statuses = Vec::new();
    for n in 0..5 {
        let peer = format!("198.51.100.{n}:1");
        let headers = [
            ("spin-client-addr", peer.as_str()),
            ("x-login", "ada@example.com"),
        ];
        statuses.push(call(&service, "POST /login", &headers).await.status);
    }
    assert_eq!(statuses, [204, 204, 204, 429, 429]);
    let other = [HERE, ("x-login", "bob@example.com")];
    assert_eq!(call(&service, "POST /login", &other).await.status, 204);
    let rows = stage
        .connect()
        .await
        .query("select key from platform.token_buckets", &[])
        .await
        .unwrap();
    assert!(
        rows.iter()
            .all(|row| !row.get::<_, String>(0).contains("ada")),
        "whose account it was is not kept"
    );
}

#[tokio::test]
async fn limits_can_be_off_and_are_in_components_without_the_variable() {
    let stage = Stage::new("off").await;
    for limits in [Some("off"), None] {
        let service = stage.service(limits);
        for _ in 0..200 {
            let answer = call(&service, "POST /login", &[HERE]).await;
            assert_eq!(answer.status, 204);
            assert!(!answer.headers.contains_key("ratelimit"));
        }
    }
    let wrong = call(&stage.service(Some("login=many")), "GET /read", &[HERE]).await;
    assert_eq!(
        (wrong.status, &wrong.body["type"]),
        (503, &"urn:spindle:problem:misconfigured".into())
    );
}

#[tokio::test]
async fn full_buckets_are_swept_and_others_are_not() {
    let stage = Stage::new("sweep").await;
    let db = stage.connect().await;
    for (key, period) in [("quick", 1_i64), ("slow", 3_600_000)] {
        db.query_one(
            "select platform.take_token($1, 2, $2)::text",
            &[&key, &period],
        )
        .await
        .unwrap();
    }
    loop {
        db.query_one("select platform.sweep_token_buckets()::text", &[])
            .await
            .unwrap();
        let left: Vec<String> = db
            .query("select key from platform.token_buckets order by key", &[])
            .await
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect();
        if left == ["slow"] {
            break;
        }
        assert!(left.contains(&"slow".to_owned()), "{left:?}");
    }
}

#[tokio::test]
async fn a_page_that_nothing_describes_takes_from_the_bucket_of_its_class() {
    let stage = Stage::new("pages").await;
    let service = stage.service(Some("search=2/3600"));
    let statuses = [
        call(&service, "GET /search", &[HERE]).await.status,
        call(&service, "GET /found", &[HERE]).await.status,
        call(&service, "GET /found", &[HERE]).await.status,
        call(&service, "GET /search", &[HERE]).await.status,
    ];
    assert_eq!(statuses, [204, 200, 429, 429]);
}

#[test]
#[should_panic(expected = "neither described nor a page")]
fn a_limit_of_a_page_that_is_not_there_is_a_mistake() {
    let _ = AppBuilder::new("test", Ports::none(Arc::new(HashMap::new())))
        .limits(&[("GET /fuond", Class::Search)])
        .pages(Pages::new().get("/found", async || "found"))
        .routes(OpenApiRouter::new());
}
