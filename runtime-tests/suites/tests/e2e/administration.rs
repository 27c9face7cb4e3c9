//! Administration: the first administrator, roles and what they open, disabling, the audit log, tasks, support, the dashboard.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spindle_harness::{Account, App, patience, unique};

/// The id behind a token.
async fn id_of(app: &App, token: &str) -> String {
    app.call("GET", "/api/v1/auth/me")
        .bearer(token)
        .send()
        .await
        .expect(200)
        .text_at("/id")
}

/// Asks again until the answer has this status: revocations are seen by all within a second, and the machine may be busy.
async fn eventually(status: u16, ask: impl AsyncFn() -> spindle_harness::Answer) {
    let deadline = Instant::now() + patience();
    loop {
        let answer = ask().await;
        if answer.status == status {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{} {}",
            answer.status,
            answer.text
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn login(app: &App, account: &Account) -> String {
    app.call("POST", "/api/v1/auth/login")
        .patient()
        .json(json!({"login": account.email, "password": account.password}))
        .await
        .expect(200)
        .text_at("/access_token")
}

#[tokio::test]
async fn a_role_opens_what_it_gives_and_nothing_else_until_it_is_taken() {
    let app = App::shared();
    let admin = Account::admin(app).await;
    let account = Account::new(app).await;
    let id = id_of(app, &account.token).await;
    let users = || app.call("GET", "/api/v1/admin/users?limit=1");
    let _ = users().send().await.problem(401, "unauthorized");
    let _ = users()
        .bearer(&account.token)
        .send()
        .await
        .problem(403, "forbidden");

    let found = app
        .call("GET", &format!("/api/v1/admin/users?q={}", account.email))
        .bearer(&admin)
        .send()
        .await
        .expect(200);
    assert_eq!(found.body["items"][0]["id"], json!(id), "{}", found.text);

    let set = |roles: Value| {
        app.call("PUT", &format!("/api/v1/admin/users/{id}/roles"))
            .bearer(&admin)
            .json(json!({"roles": roles}))
    };
    let _ = set(json!(["user", "trader", "support"])).await.expect(200);
    // The token from before is refused; one from after has the role.
    eventually(401, async || users().bearer(&account.token).send().await).await;
    let token = login(app, &account).await;
    let _ = users().bearer(&token).send().await.expect(200);
    let _ = app
        .call("GET", "/api/v1/admin/audit")
        .bearer(&token)
        .send()
        .await
        .problem(403, "forbidden");
    let _ = set(json!(["user", "trader"])).await.expect(200);
    eventually(403, async || {
        let token = login(app, &account).await;
        users().bearer(&token).send().await
    })
    .await;

    // However often it changes in a second, whoever signs in next is let in with what is so by then.
    for n in 0..11 {
        let roles = if n % 2 == 0 {
            json!(["user", "trader", "support"])
        } else {
            json!(["user", "trader"])
        };
        let _ = set(roles).await.expect(200);
    }
    let token = login(app, &account).await;
    let _ = users().bearer(&token).send().await.expect(200);
}

#[tokio::test]
async fn a_disabled_account_is_out_everywhere_and_comes_back() {
    let app = App::shared();
    let admin = Account::admin(app).await;
    let account = Account::new(app).await;
    let id = id_of(app, &account.token).await;
    let disable = |disabled: bool| {
        app.call("PATCH", &format!("/api/v1/admin/users/{id}"))
            .bearer(&admin)
            .json(json!({"disabled": disabled}))
    };
    let answer = disable(true).await.expect(200);
    assert_eq!(answer.body["disabled"], true);
    for path in ["/api/v1/auth/me", "/api/v1/profile"] {
        eventually(401, async || {
            app.call("GET", path).bearer(&account.token).send().await
        })
        .await;
    }
    let refused = app
        .call("POST", "/api/v1/auth/login")
        .patient()
        .json(json!({"login": account.email, "password": account.password}))
        .await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    let _ = disable(false).await.expect(200);
    let _ = login(app, &account).await;
}

#[tokio::test]
async fn a_role_of_ones_own_is_made_given_and_removed() {
    let app = App::shared();
    let admin = Account::admin(app).await;
    let account = Account::new(app).await;
    let id = id_of(app, &account.token).await;
    let name = unique("r");
    let role =
        json!({"name": name, "description": "Reads the audit log", "permissions": ["audit.read"]});
    let made = app
        .call("POST", "/api/v1/admin/roles")
        .bearer(&admin)
        .json(role.clone())
        .await
        .expect(201);
    assert_eq!(
        made.header("location"),
        Some(format!("/api/v1/admin/roles/{name}").as_str())
    );
    let _ = app
        .call("POST", "/api/v1/admin/roles")
        .bearer(&admin)
        .json(role)
        .await
        .problem(409, "conflict");
    let remove = || {
        app.call("DELETE", &format!("/api/v1/admin/roles/{name}"))
            .bearer(&admin)
            .send()
    };
    let roles = |roles: Value| {
        app.call("PUT", &format!("/api/v1/admin/users/{id}/roles"))
            .bearer(&admin)
            .json(json!({"roles": roles}))
    };
    let _ = roles(json!(["user", name])).await.expect(200);
    let _ = remove().await.problem(409, "conflict");
    let _ = roles(json!(["user"])).await.expect(200);
    let _ = remove().await.expect(204);
    let _ = remove().await.problem(404, "not-found");
}

#[tokio::test]
async fn what_was_done_is_in_the_log_and_the_log_is_intact() {
    let app = App::shared();
    let admin = Account::admin(app).await;
    let account = Account::new(app).await;
    let id = id_of(app, &account.token).await;
    let request = unique("audit-");
    let _ = app
        .call("PUT", &format!("/api/v1/admin/users/{id}/roles"))
        .bearer(&admin)
        .header("x-request-id", &request)
        .json(json!({"roles": ["user", "editor"]}))
        .await
        .expect(200);
    let records = app
        .call("GET", &format!("/api/v1/admin/audit?request_id={request}"))
        .bearer(&admin)
        .send()
        .await
        .expect(200);
    let record = &records.body["items"][0];
    assert_eq!(
        record["action"], "account.roles_changed",
        "{}",
        records.text
    );
    assert_eq!(record["target_id"], json!(id));
    assert_eq!(record["actor"], json!(id_of(app, &admin).await));
    assert!(record["address"].is_string(), "{}", records.text);
    assert_eq!(record["after"]["roles"], json!(["editor", "user"]));

    let verified = app
        .call("GET", "/api/v1/admin/audit/verify")
        .bearer(&admin)
        .send()
        .await
        .expect(200);
    assert_eq!(verified.body["intact"], true, "{}", verified.text);
}

#[tokio::test]
async fn support_answers_a_ticket_and_its_user_reads_it() {
    let app = App::shared();
    let admin = Account::admin(app).await;
    let account = Account::new(app).await;
    let ticket = app
        .call("POST", "/api/v1/profile/support/tickets")
        .bearer(&account.token)
        .json(json!({"subject": "My key", "category": "trading", "body": "It does not work."}))
        .await
        .expect(201)
        .text_at("/id");
    let path = format!("/api/v1/admin/support/tickets/{ticket}");
    let _ = app
        .call("GET", &path)
        .bearer(&account.token)
        .send()
        .await
        .problem(403, "forbidden");
    let user = id_of(app, &account.token).await;
    let queue = app
        .call(
            "GET",
            &format!("/api/v1/admin/support/tickets?state=open&user={user}"),
        )
        .bearer(&admin)
        .send()
        .await
        .expect(200);
    assert_eq!(
        queue.body["items"][0]["id"],
        json!(ticket),
        "{}",
        queue.text
    );
    for (body, internal) in [
        ("Looks like a wrong box.", true),
        ("Untick withdraw.", false),
    ] {
        let _ = app
            .call("POST", &format!("{path}/messages"))
            .bearer(&admin)
            .json(json!({"body": body, "internal": internal}))
            .await
            .expect(201);
    }
    let seen = app
        .call("GET", &format!("/api/v1/profile/support/tickets/{ticket}"))
        .bearer(&account.token)
        .send()
        .await
        .expect(200);
    assert!(
        seen.text.contains("Untick") && !seen.text.contains("wrong box"),
        "{}",
        seen.text
    );
    let closed = app
        .call("PATCH", &path)
        .bearer(&admin)
        .json(json!({"state": "closed", "priority": "low"}))
        .await
        .expect(200);
    assert_eq!(closed.body["state"], "closed");
    let _ = app
        .call("POST", &format!("{path}/messages"))
        .bearer(&admin)
        .json(json!({"body": "One more thing"}))
        .await
        .problem(409, "conflict");
}

#[tokio::test]
async fn tasks_and_the_dashboard_are_for_those_who_may() {
    let app = App::shared();
    let admin = Account::admin(app).await;
    let account = Account::new(app).await;
    let tasks = app
        .call("GET", "/api/v1/admin/tasks?state=done&kind=bootstrap_admin")
        .bearer(&admin)
        .send()
        .await
        .expect(200);
    assert!(tasks.body["items"].is_array(), "{}", tasks.text);
    let dashboard = app
        .call("GET", "/api/v1/admin/dashboard")
        .bearer(&admin)
        .send()
        .await
        .expect(200);
    assert_eq!(
        dashboard.body["days"].as_array().map(Vec::len),
        Some(30),
        "{}",
        dashboard.text
    );
    assert!(
        dashboard.body["counts"]["users"]["active"].is_number(),
        "{}",
        dashboard.text
    );
    let parked = app
        .call("GET", "/api/v1/admin/parked-events?state=dead&limit=1")
        .bearer(&admin)
        .send()
        .await
        .expect(200);
    assert!(parked.body["items"].is_array(), "{}", parked.text);
    for path in [
        "/api/v1/admin/tasks",
        "/api/v1/admin/consumers",
        "/api/v1/admin/parked-events",
        "/api/v1/admin/dashboard",
    ] {
        let _ = app
            .call("GET", path)
            .bearer(&account.token)
            .send()
            .await
            .problem(403, "forbidden");
        let _ = app
            .call("GET", path)
            .send()
            .await
            .problem(401, "unauthorized");
    }
}
