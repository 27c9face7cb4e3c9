//! Requests on their way to a guest and answers on their way back.

use std::time::Duration;

use crate::app::Setup;

fn values<'a>(headers: &'a serde_json::Value, name: &str) -> Vec<&'a str> {
    headers
        .as_array()
        .unwrap()
        .iter()
        .filter(|pair| pair[0] == name)
        .map(|pair| pair[1].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn spoofed_headers_come_first_and_the_host_s_own_last() {
    let app = Setup::new().start().await;
    let request = app
        .client
        .get(app.url("/a/headers?x=1"))
        .header("spin-client-addr", "6.6.6.6:6")
        .header("spin-path-info", "/admin")
        .header("spin-full-url", "https://evil.example/");
    let headers: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    let address = values(&headers, "spin-client-addr");
    assert_eq!((address.len(), address[0]), (2, "6.6.6.6:6"));
    assert!(address[1].starts_with("127.0.0.1:"), "{address:?}");
    assert_eq!(values(&headers, "spin-path-info"), ["/admin", "/a/headers"]);
    assert_eq!(
        values(&headers, "spin-full-url"),
        ["https://evil.example/", &app.url("/a/headers?x=1")]
    );
    assert_eq!(values(&headers, "spin-raw-component-route"), ["/..."]);
    assert_eq!(values(&headers, "spin-component-route"), [""]);
    assert_eq!(values(&headers, "spin-base-path"), ["/"]);
}

#[tokio::test]
async fn a_guest_sees_the_absolute_address() {
    let app = Setup::new().start().await;
    let response = app
        .client
        .get(app.url("/uri?a=%20b"))
        .header("host", "example.org:81")
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.text().await.unwrap(),
        "http://example.org:81/uri?a=%20b"
    );
}

#[tokio::test]
async fn the_most_specific_route_answers_and_none_is_an_empty_404() {
    let mut setup = Setup::new().and(
        "[[trigger.http]]\nroute = \"/fixed\"\nstatic_response = { status_code = 410, headers = { \"x-a\" = \"b\" }, body = \"gone\" }\n[[trigger.http]]\nroute = \"/users/:id/headers\"\ncomponent = \"guest\"\n",
    );
    setup.rest = setup
        .rest
        .replace("route = \"/...\"", "route = \"/only/...\"");
    let manifest = setup
        .manifest()
        .replace("route = \"/...\"", "route = \"/only/...\"");
    std::fs::write(&setup.options.from, manifest).unwrap();
    let host = spindle_host::Host::start(setup.options.clone())
        .await
        .unwrap();
    let app = crate::app::App {
        folder: setup.folder,
        host,
        client: reqwest::Client::new(),
    };

    assert_eq!(
        app.get("/elsewhere").await,
        (reqwest::StatusCode::NOT_FOUND, String::new())
    );
    assert_eq!(app.get("/only").await.0, 418);
    assert_eq!(app.text("/only/hello").await, "hello");
    assert_eq!(app.get("/onlyhello").await.0, 404);
    let fixed = app.client.get(app.url("/fixed/")).send().await.unwrap();
    assert_eq!(
        (
            fixed.status().as_u16(),
            fixed.headers()["x-a"].to_str().unwrap()
        ),
        (410, "b")
    );
    assert_eq!(fixed.text().await.unwrap(), "gone");
    assert_eq!(
        values(&app.json("/users/7/headers").await, "spin-path-match-id"),
        ["7"]
    );
}

#[tokio::test]
async fn health_and_info_are_the_host_s() {
    let app = Setup::new().start().await;
    assert_eq!(app.text("/.well-known/spin/health").await, "OK");
    assert_eq!(
        app.json("/.well-known/spin/info").await,
        serde_json::json!({"name": "test", "version": "1.2.3", "oci_image_digest": null})
    );
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let app = Setup::new()
        .options(|options| options.max_request_body = 1000)
        .start()
        .await;
    let post = |bytes: usize| {
        app.client
            .post(app.url("/length"))
            .body(vec![b'x'; bytes])
            .send()
    };
    assert_eq!(post(1000).await.unwrap().text().await.unwrap(), "1000");
    let refused = post(1001).await.unwrap();
    assert_eq!(refused.status(), 413);
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains("urn:spindle:problem:payload-too-large")
    );
}

#[tokio::test]
async fn a_client_that_sends_all_of_a_refused_body_still_reads_the_answer() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let app = Setup::new()
        .options(|options| options.max_request_body = 1000)
        .start()
        .await;
    for _ in 0..20 {
        let mut stream = tokio::net::TcpStream::connect(app.host.address())
            .await
            .unwrap();
        let body = vec![b'x'; 3 << 20];
        let head = format!(
            "POST /length HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_ends_at_the_limit() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let app = Setup::new()
        .options(|options| options.max_request_body = 1000)
        .start()
        .await;
    for (bytes, answer) in [(900, "200 OK"), (1100, "418")] {
        let mut stream = tokio::net::TcpStream::connect(app.host.address())
            .await
            .unwrap();
        let request = format!(
            "POST /length HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{bytes:x}\r\n{}\r\n0\r\n\r\n",
            "x".repeat(bytes)
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        assert!(response.contains(answer), "{bytes}: {response}");
    }
}

#[tokio::test]
async fn a_malformed_host_is_refused_before_the_guest() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let app = Setup::new().start().await;
    for head in [
        "GET /hello HTTP/1.1\r\nhost: a b\r\n",
        "GET /hello HTTP/1.1\r\nhost: x\r\nx-odd: \u{80}\r\n",
    ] {
        let mut stream = tokio::net::TcpStream::connect(app.host.address())
            .await
            .unwrap();
        let head = if head.contains('\u{80}') {
            head.as_bytes()
                .iter()
                .copied()
                .filter(|byte| *byte != 0xc2)
                .collect()
        } else {
            head.as_bytes().to_vec()
        };
        stream.write_all(&head).await.unwrap();
        stream
            .write_all(b"connection: close\r\n\r\n")
            .await
            .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 400"), "{response}");
    }
}

#[tokio::test]
async fn bodies_stream_both_ways() {
    let app = Setup::new().start().await;
    let body = vec![7_u8; 3 << 20];
    let echoed = app
        .client
        .post(app.url("/echo"))
        .body(body.clone())
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert!(echoed == body, "{} bytes came back", echoed.len());
    // The last frame comes no sooner than three pauses after the request.
    let start = tokio::time::Instant::now();
    let mut response = app
        .client
        .get(app.url("/stream?frames=3&ms=1500"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "frame 0\n");
    assert!(
        start.elapsed() < Duration::from_millis(4500),
        "the first frame waited for the last: {:?}",
        start.elapsed()
    );
    assert_eq!(response.chunk().await.unwrap().unwrap(), "frame 1\n");
    assert_eq!(response.chunk().await.unwrap().unwrap(), "frame 2\n");
    assert!(response.chunk().await.unwrap().is_none());
}

#[tokio::test]
async fn a_variable_is_what_the_component_s_table_says() {
    let app = Setup::new()
        .options(|options| options.variables.push("name=Ada".to_owned()))
        .start()
        .await;
    assert_eq!(app.text("/variable?name=greeting").await, "hello Ada");
    for name in ["name", "db_host", "No-Such"] {
        assert_eq!(
            app.get(&format!("/variable?name={name}")).await.0,
            418,
            "{name} was readable"
        );
    }
}

#[tokio::test]
async fn a_schedule_calls_its_route_again_and_again() {
    let setup = Setup::new().and("[application.tool.spindle]\ntick = { every = \"20ms\", path = \"/set?key=tick&value=done\", bearer = \"{{ name }}\" }\n");
    let app = setup.start().await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while app.text("/get?key=tick").await != "done" {
        assert!(tokio::time::Instant::now() < deadline, "no tick came");
    }
    app.text("/delete?key=tick").await;
    while app.text("/get?key=tick").await != "done" {
        assert!(
            tokio::time::Instant::now() < deadline,
            "no second tick came"
        );
    }
}

#[tokio::test]
async fn what_a_guest_prints_is_kept_in_the_log_folder() {
    let app = Setup::new().start().await;
    app.text("/print?line=one").await;
    app.text("/print?line=two").await;
    let crate::app::App { folder, host, .. } = app;
    host.shutdown().await.unwrap();
    assert_eq!(
        std::fs::read_to_string(folder.path().join("state/logs/guest_stdout.txt")).unwrap(),
        "one\ntwo\n"
    );
}
