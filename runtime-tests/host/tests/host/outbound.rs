//! Calls of a guest to others.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

use crate::app::{GRANTS, Setup, all, silent_address};
use crate::components;

/// A server that answers with the path that it was asked for, and its address.
async fn peer() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service_fn(
                |request: hyper::Request<hyper::body::Incoming>| async move {
                    let host = request
                        .headers()
                        .get("host")
                        .map_or("", |host| host.to_str().unwrap())
                        .to_owned();
                    let answer = format!("{} at {host}", request.uri());
                    Ok::<_, std::convert::Infallible>(hyper::Response::new(Full::new(Bytes::from(
                        answer,
                    ))))
                },
            );
            tokio::spawn(async move {
                let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = builder
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    address
}

fn allowing(host: &str) -> Setup {
    Setup::new().grants(GRANTS.replace("http://other.example", host))
}

#[tokio::test]
async fn an_allowed_host_is_reached() {
    let peer = peer().await;
    let app = allowing(&format!("http://{peer}")).start().await;
    assert_eq!(
        app.text(&format!("/fetch?url=http://{peer}/a")).await,
        format!("/a at {peer}")
    );
    all((0..20).map(|_| async {
        assert_eq!(
            app.text(&format!("/fetch?url=http://{peer}/b")).await,
            format!("/b at {peer}")
        )
    }))
    .await;
}

#[tokio::test]
async fn any_other_host_is_denied() {
    let (peer, other) = (peer().await, peer().await);
    let app = allowing(&format!("http://{peer}")).start().await;
    for url in [
        format!("http://{other}/"),
        format!("https://{peer}/"),
        "http://guest.spin.internal/hello".to_owned(),
        format!("http://{peer}@{other}/"),
    ] {
        let (status, body) = app.get(&format!("/fetch?url={url}")).await;
        assert_eq!(status, 418, "{url}: {body}");
        assert!(
            body.contains("HttpRequestDenied") || body.contains("UriInvalid"),
            "{url}: {body}"
        );
    }
}

#[tokio::test]
async fn a_closed_port_is_an_error_and_not_a_trap() {
    let (_silent, closed) = silent_address();
    let app = allowing("http://127.0.0.1:*").start().await;
    let (status, body) = app.get(&format!("/fetch?url=http://{closed}/")).await;
    assert_eq!(status, 418, "{body}");
    assert!(body.contains("ConnectionRefused"), "{body}");
}

fn with_private(grants: &str) -> Setup {
    let private = format!(
        "[[trigger.http]]\nroute = {{ private = true }}\ncomponent = \"inner\"\n[component.inner]\nsource = {:?}\n{}[component.inner.dependencies]\n\"test:math/adder@1.0.0\" = {{ component = \"adder\" }}\n",
        components::guest(),
        GRANTS.replace("hello {{ name }}", "inner")
    );
    Setup::new().grants(grants).and(&private)
}

#[tokio::test]
async fn a_private_component_is_reached_in_process_by_who_may() {
    let app = with_private(&GRANTS.replace("http://other.example", "http://inner.spin.internal"))
        .start()
        .await;
    assert_eq!(
        app.text("/fetch?url=http://inner.spin.internal/variable?name=greeting")
            .await,
        "inner"
    );
    let headers = app
        .json("/fetch?url=http://inner.spin.internal/x/headers")
        .await;
    let values = |name: &str| -> Vec<String> {
        headers
            .as_array()
            .unwrap()
            .iter()
            .filter(|pair| pair[0] == name)
            .map(|pair| pair[1].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(values("spin-client-addr"), ["0.0.0.0:0"]);
    assert_eq!(values("spin-path-info"), ["/x/headers"]);
    assert_eq!(values("spin-component-route"), [""]);
    assert_eq!(
        values("spin-full-url"),
        ["http://inner.spin.internal/x/headers"]
    );
    assert_eq!(values("host"), Vec::<String>::new());
}

#[tokio::test]
async fn a_private_component_is_closed_to_others() {
    let app = with_private(GRANTS).start().await;
    let (status, body) = app.get("/fetch?url=http://inner.spin.internal/hello").await;
    assert!(
        status == 418 && body.contains("HttpRequestDenied"),
        "{status} {body}"
    );
    // From outside, its name is just a header.
    let response = app
        .client
        .get(app.url("/variable?name=greeting"))
        .header("host", "inner.spin.internal")
        .send()
        .await
        .unwrap();
    assert_eq!(response.text().await.unwrap(), "hello world");
}

#[tokio::test]
async fn a_trap_of_the_called_component_is_an_answer_to_the_caller() {
    let app = with_private(&GRANTS.replace("http://other.example", "http://*.spin.internal"))
        .start()
        .await;
    let (status, body) = app.get("/fetch?url=http://inner.spin.internal/trap").await;
    assert_eq!(status, 500, "{body}");
    assert_eq!(
        app.text("/fetch?url=http://inner.spin.internal/hello")
            .await,
        "hello"
    );
}
