//! Connected keys: from connected to gone, listed in pages, hidden from others.

use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{KEYS, Stage, TRADING, body, request};

#[tokio::test]
async fn a_key_walks_from_connected_to_gone() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let issued = stage.key(&TRADING);
    let created = stage.connect(user, &issued).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let key = created.body.clone();
    let path = format!("{KEYS}/{}", key["id"].as_str().unwrap());
    assert_eq!(created.header(header::LOCATION), path);
    assert_eq!(
        (&key["label"], &key["mode"], &key["status"]),
        (&json!("Main"), &json!("trade"), &json!("active"))
    );
    assert!(issued.api_key.ends_with(key["last4"].as_str().unwrap()));
    assert_eq!(key["permissions"].as_array().unwrap().len(), 5);

    let read = stage.call(user, Method::GET, &path, None).await;
    assert_eq!((read.status, &read.body), (200, &key));
    let mut again = request(user, Method::GET, &path, None);
    again.headers_mut().insert(
        header::IF_NONE_MATCH,
        read.header(header::ETAG).parse().unwrap(),
    );
    assert_eq!(stage.send(again).await.status, 304);
    let list = stage.call(user, Method::GET, KEYS, None).await;
    assert_eq!(list.body, json!({"items": [key], "next_cursor": null}));

    let renamed = stage
        .call(
            user,
            Method::PATCH,
            &path,
            Some(json!({"label": " Savings "})),
        )
        .await;
    assert_eq!(
        (renamed.status, &renamed.body["label"]),
        (200, &json!("Savings"))
    );
    let mut stale = request(user, Method::PATCH, &path, Some(json!({"label": "Other"})));
    stale
        .headers_mut()
        .insert(header::IF_MATCH, read.header(header::ETAG).parse().unwrap());
    assert_eq!(stage.send(stale).await.status, 412);
    for (method, path) in [
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/test")),
    ] {
        let mut stale = request(user, method, &path, None);
        stale
            .headers_mut()
            .insert(header::IF_MATCH, read.header(header::ETAG).parse().unwrap());
        assert_eq!(stage.send(stale).await.status, 412, "{path}");
    }
    let tested = stage
        .call(user, Method::POST, &format!("{path}/test"), None)
        .await;
    assert_eq!(
        (tested.status, &tested.body["status"]),
        (200, &json!("active")),
        "{}",
        tested.text
    );

    assert_eq!(
        stage.call(user, Method::DELETE, &path, None).await.status,
        204
    );
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(stage.call(user, method, &path, None).await.status, 404);
    }
    assert_eq!(
        stage.call(user, Method::GET, KEYS, None).await.body["items"],
        json!([])
    );
    let shredded = "select count(*) from trading.exchange_keys where sealed_key is null and sealed_secret is null";
    assert_eq!(stage.count(shredded).await, 1);
    let events: Vec<String> = stage
        .sql
        .query("select type from platform.outbox where aggregatetype = 'kraken.events' order by xid, seq", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(
        events,
        [
            "kraken.key.connected",
            "kraken.key.updated",
            "kraken.key.disconnected"
        ]
    );
    assert_eq!(
        stage
            .count("select count(*) from platform.audit where target_type = 'exchange_key'")
            .await,
        4
    );

    let back = stage.connect(user, &issued).await;
    assert_eq!(
        back.status, 201,
        "a disconnected key may come back: {}",
        back.text
    );
}
#[tokio::test]
async fn anothers_key_does_not_exist() {
    let (stage, owner, other) = (Stage::new().await, Uuid::now_v7(), Uuid::now_v7());
    let key = stage.connect(owner, &stage.key(&TRADING)).await.body;
    let path = format!("{KEYS}/{}", key["id"].as_str().unwrap());
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::PATCH, path.clone(), Some(json!({"label": "Mine"}))),
        (Method::POST, format!("{path}/test"), None),
        (Method::DELETE, path.clone(), None),
        (Method::GET, format!("{KEYS}/not-an-id"), None),
    ] {
        let answer = stage.call(other, method.clone(), &path, body).await;
        assert_eq!(answer.problem(), (404, "not-found"), "{method} {path}");
    }
    assert_eq!(
        stage.call(owner, Method::GET, &path, None).await.body,
        key,
        "and nothing happened to it"
    );
}
#[tokio::test]
async fn lists_go_page_by_page() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    for _ in 0..3 {
        assert_eq!(stage.connect(user, &stage.key(&TRADING)).await.status, 201);
    }
    let mut seen = Vec::new();
    let mut path = format!("{KEYS}?limit=2");
    for expected in [2, 1] {
        let page = stage.call(user, Method::GET, &path, None).await.body;
        let items = page["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), expected);
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        path = format!(
            "{KEYS}?limit=2&cursor={}",
            page["next_cursor"].as_str().unwrap_or("")
        );
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!((seen.len(), seen == sorted), (3, true));
    let forged = stage
        .call(user, Method::GET, &format!("{KEYS}?cursor=Zm9yZ2Vk"), None)
        .await;
    assert_eq!(forged.status, 422);
}

#[tokio::test]
async fn bad_input_is_named_and_never_shown_to_the_exchange() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let good = body(&stage.key(&TRADING));
    let long = "x".repeat(600);
    for (field, value) in [
        ("label", json!("")),
        ("label", json!("x".repeat(65))),
        ("label", json!("two\nlines")),
        ("label", json!(7)),
        ("label", Value::Null),
        ("exchange", json!("binance")),
        ("mode", json!("withdraw")),
        ("api_key", json!("has spaces in it")),
        ("api_key", json!(long)),
        ("api_secret", json!("")),
        ("api_secret", json!(["a"])),
    ] {
        let mut bad = good.clone();
        bad[field] = value.clone();
        let answer = stage.call(user, Method::POST, KEYS, Some(bad)).await;
        assert_eq!(answer.problem(), (422, "validation"), "{field}: {value}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{value}");
    }
    for field in ["exchange", "label", "api_key", "api_secret", "mode"] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().remove(field);
        let answer = stage.call(user, Method::POST, KEYS, Some(bad)).await;
        assert_eq!(
            answer.body["errors"],
            json!([{"field": field, "message": "is required"}])
        );
    }
    let mut broken = request(user, Method::POST, KEYS, Some(json!({})));
    *broken.body_mut() = Body::from("{");
    assert_eq!(stage.send(broken).await.status, 400);
    assert_eq!(stage.call(user, Method::PUT, KEYS, None).await.status, 405);
    assert!(stage.simulator.journal().is_empty());
}

#[tokio::test]
async fn every_route_wants_its_scope() {
    let (stage, user) = (Stage::new().await, Uuid::now_v7());
    let key = format!("{KEYS}/{}", Uuid::now_v7());
    let test = format!("{key}/test");
    let routes = [
        (Method::GET, KEYS, "trading.read"),
        (Method::GET, key.as_str(), "trading.read"),
        (Method::PATCH, key.as_str(), "trading.trade"),
        (Method::DELETE, key.as_str(), "trading.trade"),
        (Method::POST, test.as_str(), "trading.trade"),
        (Method::POST, KEYS, "trading.trade"),
    ];
    for (method, path, scope) in routes {
        let sent = |authorization: Option<String>| {
            let mut request = Request::builder()
                .method(method.clone())
                .uri(path)
                .header(header::CONTENT_TYPE, "application/json");
            if let Some(authorization) = authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            let content = json!({"exchange": "kraken", "label": "Main", "api_key": "a-key-here", "api_secret": "a-secret", "mode": "read"});
            stage.send(request.body(Body::from(content.to_string())).unwrap())
        };
        assert_eq!(sent(None).await.status, 401, "{method} {path}");
        let others = if scope == "trading.read" {
            "trading.trade"
        } else {
            "trading.read"
        };
        assert_eq!(
            sent(Some(format!("Bearer {user} {others},posts.write")))
                .await
                .status,
            403,
            "{method} {path}"
        );
        let answer = sent(Some(format!("Bearer {user} {scope}"))).await;
        assert!(
            ![401, 403].contains(&answer.status),
            "{method} {path}: {}",
            answer.text
        );
    }
}
