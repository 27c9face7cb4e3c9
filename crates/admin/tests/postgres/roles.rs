//! Roles: what they give, who may give them, and that somebody is always left who can.

use futures::future::{join, join_all};
use serde_json::json;
use tokio_postgres::types::ToSql;

use crate::stage::Stage;

#[tokio::test]
async fn the_seeded_roles_are_those_of_the_architecture() {
    let stage = Stage::new("seeded").await;
    let admin = stage.person("root", &["admin"]).await;
    let roles = stage.get(&admin, "/roles").await.expect(200);
    let permissions = stage.get(&admin, "/permissions").await.expect(200);
    for list in [&roles, &permissions] {
        assert_eq!(list.body.get("next_cursor"), Some(&json!(null)));
    }
    let all = permissions.body["items"].as_array().unwrap().len();
    let given = |name: &str| {
        roles.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|role| role["name"] == name)
            .map(|role| role["permissions"].clone())
    };
    assert_eq!(given("admin").unwrap().as_array().unwrap().len(), all);
    assert_eq!(
        given("editor"),
        Some(json!(["comments.moderate", "posts.moderate"]))
    );
    assert_eq!(
        given("support"),
        Some(json!(["support.manage", "users.read"]))
    );
    assert_eq!(given("trader"), Some(json!(["bots.run"])));
    assert_eq!(given("user"), Some(json!([])));
}

#[tokio::test]
async fn a_role_from_made_to_gone() {
    let stage = Stage::new("life").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let role = json!({"name": "auditor", "description": "Reads", "permissions": ["audit.read", "audit.read"]});
    let post = async |key: &str, body: &serde_json::Value| {
        stage
            .call(
                "POST",
                "/roles",
                Some(&admin),
                &[("idempotency-key", key)],
                Some(body.to_string()),
            )
            .await
    };
    let made = post("k1", &role).await.expect(201);
    assert_eq!(made.headers["location"], "/api/v1/admin/roles/auditor");
    assert_eq!(made.body["permissions"], json!(["audit.read"]));
    let again = post("k1", &role).await.expect(201);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body, made.body);
    let mut other = role.clone();
    other["description"] = json!("Reads more");
    assert_eq!(post("k1", &other).await.kind(), "idempotency-mismatch");
    assert_eq!(post("k2", &role).await.status, 409);
    other["name"] = json!("auditor2");
    post("k2", &other).await.expect(201);

    let roles = format!("PUT /users/{}/roles", ada.id);
    let set = stage
        .send(
            &admin,
            &roles,
            json!({"roles": ["user", "auditor", "user"]}),
        )
        .await
        .expect(200);
    assert_eq!(set.body["roles"], json!(["auditor", "user"]));
    assert_eq!(set.body["permissions"], json!(["audit.read"]));
    let in_use = stage.send(&admin, "DELETE /roles/auditor", json!({})).await;
    assert_eq!(in_use.status, 409);
    stage
        .send(&admin, &roles, json!({"roles": ["user"]}))
        .await
        .expect(200);
    stage
        .send(&admin, "DELETE /roles/auditor", json!({}))
        .await
        .expect(204);
    stage
        .send(&admin, "DELETE /roles/auditor", json!({}))
        .await
        .expect(404);
    let late = post("k1", &role).await;
    assert_eq!(late.status, 404, "a late repetition makes nothing anew");
    assert_eq!(
        stage
            .send(&admin, "DELETE /roles/user", json!({}))
            .await
            .status,
        409
    );
}

#[tokio::test]
async fn a_change_of_roles_ends_older_tokens_and_setting_them_again_does_not() {
    let stage = Stage::new("revoke").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let session = stage.session(&ada).await;
    let roles = format!("PUT /users/{}/roles", ada.id);
    let revoked = "select count(*) from identity.revocations where kind = 'subject' and id = $1";
    let id = ada.id.to_string();
    stage
        .send(&admin, &roles, json!({"roles": ["user"]}))
        .await
        .expect(200);
    assert_eq!(stage.count(revoked, &[&id]).await, 0, "it was so before");
    stage
        .send(&admin, &roles, json!({"roles": ["user", "editor"]}))
        .await
        .expect(200);
    assert_eq!(stage.count(revoked, &[&id]).await, 1);
    let alive = "select count(*) from identity.sessions where id = $1 and ended_at is null";
    assert_eq!(
        stage.count(alive, &[&session]).await,
        1,
        "refreshing gives the new roles"
    );
}

#[tokio::test]
async fn ten_changes_within_a_second_end_what_came_before_each_and_nothing_that_came_after() {
    let mut stage = Stage::new("revoke_often").await;
    let ada = stage.person("ada", &["user"]).await;
    let session = stage.session(&ada).await;
    let id = ada.id.to_string();
    let revoked = "select (r ->> 'generation')::int8
                   from jsonb_array_elements(identity.trust_snapshot('') -> 'revocations') r
                   where r ->> 'kind' = 'Subject' and r ->> 'id' = $1";
    let says = "select (identity.session_grant($1, platform.now(), $1) ->> $2::text)::int8";
    let now = "select floor(extract(epoch from platform.now()))::int8";
    // In a transaction all is one moment.
    let moment = stage.owner.transaction().await.unwrap();
    let count = async |sql: &str, params: &[&(dyn ToSql + Sync)]| -> i64 {
        moment.query_one(sql, params).await.unwrap().get(0)
    };
    let now = count(now, &[]).await;
    let mut before = count(says, &[&session, &"generation"]).await;
    for _ in 0..10 {
        moment
            .execute("select identity.revoke_tokens($1)", &[&ada.id])
            .await
            .unwrap();
        let until = count(revoked, &[&id]).await;
        assert!(before < until, "a token of {before} would outlive {until}");
        before = count(says, &[&session, &"generation"]).await;
        assert_eq!(before, until, "a new token would be born dead");
        let issued = count(says, &[&session, &"iat"]).await;
        assert_eq!(issued, now, "no token comes from the future");
    }
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_have() {
    let stage = Stage::new("escalation").await;
    let admin = stage.person("root", &["admin"]).await;
    stage
        .send(
            &admin,
            "POST /roles",
            json!({"name": "chief", "description": "Grants", "permissions": ["roles.manage", "users.read", "support.manage"]}),
        )
        .await
        .expect(201);
    let chief = stage.person("carl", &["chief"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let to_ada = format!("PUT /users/{}/roles", ada.id);
    for role in ["admin", "editor", "trader"] {
        let refused = stage
            .send(&chief, &to_ada, json!({"roles": ["user", role]}))
            .await;
        assert_eq!(refused.status, 403, "{role}");
    }
    stage
        .send(&chief, &to_ada, json!({"roles": ["user", "support"]}))
        .await
        .expect(200);
    let to_self = format!("PUT /users/{}/roles", chief.id);
    assert_eq!(
        stage
            .send(&chief, &to_self, json!({"roles": ["chief", "admin"]}))
            .await
            .status,
        403
    );
    let from_admin = format!("PUT /users/{}/roles", admin.id);
    assert_eq!(
        stage
            .send(&chief, &from_admin, json!({"roles": []}))
            .await
            .status,
        403
    );
    let greedy = json!({"name": "greedy", "description": "x", "permissions": ["users.manage"]});
    assert_eq!(stage.send(&chief, "POST /roles", greedy).await.status, 403);
}

#[tokio::test]
async fn the_last_administrator_stays_however_many_leave_at_once() {
    let stage = Stage::new("last").await;
    let mut admins = Vec::new();
    for n in 0..6 {
        admins.push(stage.person(&format!("root{n}"), &["admin"]).await);
    }
    let answers = join_all(admins.iter().map(|admin| {
        let leave = format!("PUT /users/{}/roles", admin.id);
        let stage = &stage;
        async move {
            stage
                .send(admin, &leave, json!({"roles": ["user"]}))
                .await
                .status
        }
    }))
    .await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 5);
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 1);
    let left = "select count(*) from identity.account_roles where role = 'admin'";
    assert_eq!(stage.count(left, &[]).await, 1);
}

#[tokio::test]
async fn administrators_who_disable_each_other_at_once_leave_one() {
    let stage = Stage::new("duel").await;
    let one = stage.person("one", &["admin"]).await;
    let two = stage.person("two", &["admin"]).await;
    let shoot = |from: &crate::stage::Person, at: &crate::stage::Person| {
        let (from, path) = (from.clone(), format!("PATCH /users/{}", at.id));
        let stage = &stage;
        async move {
            stage
                .send(&from, &path, json!({"disabled": true}))
                .await
                .status
        }
    };
    let answers = futures::future::join(shoot(&one, &two), shoot(&two, &one)).await;
    // Whoever comes second is signed in no more.
    assert!(matches!(answers, (200, 401) | (401, 200)), "{answers:?}");
}

#[tokio::test]
async fn each_route_asks_for_its_own_permission() {
    let stage = Stage::new("guards").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let id = ada.id;
    for (what, permission) in [
        ("GET /users".to_owned(), "users.read"),
        (format!("GET /users/{id}"), "users.read"),
        (format!("PATCH /users/{id}"), "users.manage"),
        (format!("PUT /users/{id}/roles"), "roles.manage"),
        ("GET /roles".to_owned(), "roles.manage"),
        ("POST /roles".to_owned(), "roles.manage"),
        ("DELETE /roles/x".to_owned(), "roles.manage"),
        ("GET /permissions".to_owned(), "roles.manage"),
        ("GET /audit".to_owned(), "audit.read"),
        ("GET /audit/verify".to_owned(), "audit.read"),
        ("GET /tasks".to_owned(), "tasks.manage"),
        (format!("GET /tasks/{id}"), "tasks.manage"),
        (format!("POST /tasks/{id}/requeue"), "tasks.manage"),
        (format!("POST /tasks/{id}/cancel"), "tasks.manage"),
        ("GET /support/tickets".to_owned(), "support.manage"),
        (format!("GET /support/tickets/{id}"), "support.manage"),
        (format!("PATCH /support/tickets/{id}"), "support.manage"),
        (
            format!("POST /support/tickets/{id}/messages"),
            "support.manage",
        ),
        ("GET /dashboard".to_owned(), "users.read"),
        ("POST /kill-switch".to_owned(), "bots.kill"),
        ("DELETE /kill-switch".to_owned(), "bots.kill"),
        ("POST /keys/rotate".to_owned(), "keys.rotate"),
    ] {
        let (method, path) = what.split_once(' ').unwrap();
        let body = json!({"roles": [], "name": "xy", "description": "x", "permissions": [], "body": "x", "reason": "x"}).to_string();
        let body = (method != "GET").then_some(body);
        let anonymous = stage.call(method, path, None, &[], body.clone()).await;
        assert_eq!(anonymous.status, 401, "{what}");
        let others: Vec<&str> = [
            "users.read",
            "users.manage",
            "roles.manage",
            "audit.read",
            "tasks.manage",
            "support.manage",
            "bots.kill",
            "keys.rotate",
        ]
        .into_iter()
        .filter(|other| *other != permission)
        .collect();
        let wrong = admin.with(&others);
        let refused = stage
            .call(method, path, Some(&wrong), &[], body.clone())
            .await;
        assert_eq!(refused.status, 403, "{what} without {permission}");
        assert!(
            refused.body["detail"]
                .as_str()
                .unwrap()
                .contains(permission),
            "{what}"
        );
        let right = admin.with(&[permission]);
        let allowed = stage.call(method, path, Some(&right), &[], body).await;
        assert!(
            !matches!(allowed.status, 401 | 500..),
            "{what}: {}",
            allowed.body
        );
    }
}

#[tokio::test]
async fn a_role_that_is_being_removed_is_unknown_when_it_is_gone() {
    let stage = Stage::new("role_removed").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let role = json!({"name": "auditor", "description": "Reads", "permissions": ["audit.read"]});
    let _ = stage.send(&admin, "POST /roles", role).await.expect(201);
    stage
        .owner
        .batch_execute("begin; delete from identity.roles where name = 'auditor'")
        .await
        .unwrap();
    let path = format!("PUT /users/{}/roles", ada.id);
    let giving = stage.send(&admin, &path, json!({"roles": ["user", "auditor"]}));
    let removing = async {
        let waiting = "select count(*) from pg_locks
                       where not granted and transactionid = pg_current_xact_id()::xid";
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while stage.count(waiting, &[]).await == 0 && std::time::Instant::now() < deadline {}
        stage.owner.batch_execute("commit").await.unwrap();
    };
    let (given, ()) = join(giving, removing).await;
    assert_eq!(
        (given.status, given.body["errors"][0]["field"].as_str()),
        (422, Some("roles[1]")),
        "{}",
        given.body
    );
}
