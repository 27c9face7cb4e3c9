//! Many first requests at once: the instance opens its database connection and loads its configuration once for all.

use futures::future::join_all;
use serde_json::json;
use spindle_harness::{Account, App, Call};

#[tokio::test]
async fn fifty_parallel_first_requests_are_all_answered() {
    let app = App::shared();
    let account = Account::new(app).await;
    // Instances rest for a second and are gone; four components are cold at once.
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let paths = [
        "/api/v1/auth/me",
        "/api/v1/profile",
        "/api/v1/blog/posts",
        "/api/v1/trading/keys",
        "/health/ready",
    ];
    let answers = join_all(
        (0..50)
            .flat_map(|_| paths)
            // Where the machine is so busy that a connection takes two seconds, they are told to come again, and are answered then.
            .map(|path| app.call("GET", path).patient().bearer(&account.token))
            .map(Call::send),
    )
    .await;
    for answer in answers {
        // Readiness is asked to answer soon rather than well: under such a load it may say that Postgres took too long.
        let hurried = answer.status == 503 && answer.body["checks"].is_object();
        assert!(answer.status == 200 || hurried, "{}", answer.text);
    }
}

#[tokio::test]
async fn parallel_writes_and_reads_do_not_disturb_each_other() {
    let app = App::shared();
    let account = Account::new(app).await;
    let writes = (0..50).map(|n| {
        app.call("PATCH", "/api/v1/profile")
            .bearer(&account.token)
            .json(json!({"bio": format!("bio {n}")}))
    });
    for answer in join_all(writes).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}
