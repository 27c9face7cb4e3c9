//! The first administrator.

use serde_json::json;

use crate::stage::Stage;

const EMAIL: (&str, &str) = ("admin_email", " Root@Example.com ");
const PASSWORD: (&str, &str) = ("admin_password", "correct horse battery");
const ADMINS: &str = "select count(*) from identity.account_roles where role = 'admin'";

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let stage = Stage::with("bootstrap", &[EMAIL, PASSWORD]).await;
    let first = stage.task("bootstrap_admin").await.expect(200);
    assert_eq!(first.body, json!({"outcome": "created"}));
    let row = stage
        .owner
        .query_one(
            "select email, username, password_hash, email_verified_at is not null from identity.accounts",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, &str>(0), "root@example.com");
    assert_eq!(row.get::<_, &str>(1), "admin");
    assert!(row.get::<_, &str>(2).starts_with("$argon2id$"));
    assert!(row.get::<_, bool>(3));
    for _ in 0..2 {
        let again = stage.task("bootstrap_admin").await.expect(200);
        assert_eq!(again.body, json!({"outcome": "exists"}));
    }
    assert_eq!(stage.count(ADMINS, &[]).await, 1);
    let told = "select count(*) from platform.audit_personal where personal::text like '%horse%'";
    assert_eq!(stage.count(told, &[]).await, 0, "the password is nowhere");
}

#[tokio::test]
async fn the_first_task_of_all_stands_where_its_time_puts_it() {
    let stage = Stage::new("first_task").await;
    let in_its_place = "select count(*) from platform.tasks t where t.kind = 'bootstrap_admin'
        and t.id >= platform.uuid_floor(t.created_at)
        and t.id < platform.uuid_floor(t.created_at + interval '1 second')";
    assert_eq!(stage.count(in_its_place, &[]).await, 1);
}

#[tokio::test]
async fn twenty_bootstraps_at_once_make_one_administrator() {
    let stage = Stage::with("bootstraps", &[EMAIL, PASSWORD]).await;
    futures::future::join_all((0..20).map(|_| stage.task("bootstrap_admin"))).await;
    assert_eq!(stage.count(ADMINS, &[]).await, 1);
    assert_eq!(
        stage
            .count("select count(*) from identity.accounts", &[])
            .await,
        1
    );
}

#[tokio::test]
async fn variables_are_ignored_once_an_administrator_exists() {
    let stage = Stage::with("exists", &[EMAIL, PASSWORD]).await;
    stage.person("boss", &["admin"]).await;
    let answer = stage.task("bootstrap_admin").await.expect(200);
    assert_eq!(answer.body, json!({"outcome": "exists"}));
    assert_eq!(
        stage
            .count("select count(*) from identity.accounts", &[])
            .await,
        1
    );
}

#[tokio::test]
async fn an_address_that_somebody_registered_without_proof_is_not_trusted() {
    let stage = Stage::with("squatter", &[EMAIL, PASSWORD]).await;
    let squatter = stage.person("root", &["user"]).await;
    stage
        .owner
        .execute("update identity.accounts set email_verified_at = null", &[])
        .await
        .unwrap();
    let refused = stage.task("bootstrap_admin").await;
    assert_eq!(refused.status, 422, "a dead letter tells the operator");
    assert_eq!(stage.count(ADMINS, &[]).await, 0);

    stage
        .owner
        .execute(
            "update identity.accounts set email_verified_at = now()",
            &[],
        )
        .await
        .unwrap();
    let granted = stage.task("bootstrap_admin").await.expect(200);
    assert_eq!(granted.body, json!({"outcome": "granted"}));
    let kept = "select count(*) from identity.accounts where id = $1 and password_hash = 'hash'";
    assert_eq!(
        stage.count(kept, &[&squatter.id]).await,
        1,
        "its password stays"
    );
}

#[tokio::test]
async fn without_variables_nothing_is_made_and_wrong_ones_are_told() {
    let stage = Stage::new("unset").await;
    let off = stage.task("bootstrap_admin").await.expect(200);
    assert_eq!(off.body, json!({"outcome": "off"}));
    for (name, email, password) in [
        ("bad_email", "nobody", "correct horse battery"),
        ("short", "root@example.com", "short"),
    ] {
        let stage = Stage::with(
            name,
            &[("admin_email", email), ("admin_password", password)],
        )
        .await;
        let refused = stage.task("bootstrap_admin").await;
        assert_eq!(refused.status, 422, "{name}");
        assert!(
            !refused.body.to_string().contains(password),
            "{}",
            refused.body
        );
        assert_eq!(stage.count(ADMINS, &[]).await, 0);
    }
}
