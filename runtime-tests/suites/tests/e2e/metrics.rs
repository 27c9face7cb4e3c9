//! `/metrics`, as Prometheus reads it.

use spindle_harness::{Account, App};

#[tokio::test]
async fn metrics_are_gauges_with_descriptions() {
    let app = App::shared();
    let _ = Account::new(app).await;
    let answer = app.call("GET", "/metrics").send().await;
    if matches!(answer.status, 401 | 404) {
        assert!(App::is_foreign(), "development serves /metrics to anybody");
        return;
    }
    let answer = answer.expect(200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    let (mut described, mut typed) = (Vec::new(), Vec::new());
    for line in answer.text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            described.push(rest.split(' ').next().unwrap_or(""));
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert!(rest.ends_with(" gauge"), "{line}");
            typed.push(rest.split(' ').next().unwrap_or(""));
        } else {
            let name = line.split(['{', ' ']).next().unwrap_or("");
            assert_eq!(
                typed.last(),
                Some(&name),
                "{line} stands under its description"
            );
            let value: f64 = line.rsplit(' ').next().unwrap_or("").parse().unwrap();
            assert!(value >= 0.0, "{line}");
        }
    }
    assert_eq!(described, typed);
    for name in [
        "spindle_users",
        "spindle_posts",
        "spindle_exchange_keys",
        "spindle_bots",
        "spindle_tasks",
        "spindle_tasks_oldest_due_age_seconds",
        "spindle_outbox_lag_seconds",
        "spindle_audit_unsealed_rows",
    ] {
        assert!(typed.contains(&name), "{name} is missing");
    }
}
