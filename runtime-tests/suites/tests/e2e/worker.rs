//! The worker from outside: closed, but for its scheduler.

use spindle_harness::App;

#[tokio::test]
async fn only_the_scheduler_ticks_and_nobody_is_told_why_not() {
    let app = App::shared();
    let tick = || app.call("POST", "/internal/worker/tick");
    let _ = tick().send().await.problem(401, "unauthorized");
    let _ = tick()
        .bearer("not-the-token")
        .send()
        .await
        .problem(401, "unauthorized");
    let _ = app
        .call("GET", "/internal/worker/tick")
        .send()
        .await
        .problem(405, "method-not-allowed");
}

#[tokio::test]
async fn no_private_route_of_any_component_can_be_reached_from_outside() {
    let app = App::shared();
    for path in [
        "/internal/wake",
        "/internal/tasks/clean_up",
        "/internal/tasks/send_mail",
        "/internal/events/user.events",
        "/internal/worker/wake",
        "/internal/worker/tasks/clean_up",
        "/api/v1/auth/internal/tasks/send_mail",
        "/api/v1/profile/internal/tasks/send_mail",
        "/api/v1/profile/../../../internal/tasks/send_mail",
        "/api/v1/profile/%2e%2e/%2e%2e/%2e%2e/internal/tasks/send_mail",
        "//internal/tasks/send_mail",
    ] {
        let answer = app
            .call("POST", path)
            // As a chained call has it.
            .header("spin-client-addr", "0.0.0.0:0")
            .raw("{}")
            .await;
        assert!(
            matches!(answer.status, 400 | 404 | 405),
            "{path}: {} {}",
            answer.status,
            answer.text
        );
    }
}
