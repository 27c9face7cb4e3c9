//! Finding, disabling and resetting accounts.

use serde_json::{Value, json};

use crate::stage::Stage;

fn names(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["username"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn accounts_are_found_by_what_support_knows_of_them() {
    let stage = Stage::new("search").await;
    let admin = stage.person("root", &["admin"]).await;
    let support = stage.person("sue", &["support"]).await;
    let ada = stage.person("ada", &["user", "trader"]).await;
    stage.person("adam", &["user"]).await;
    stage.person("a%b_c", &["user"]).await;
    stage
        .send(
            &admin,
            &format!("PATCH /users/{}", ada.id),
            json!({"disabled": true}),
        )
        .await
        .expect(200);

    for (query, found) in [
        ("", vec!["a%b_c", "adam", "ada", "sue", "root"]),
        ("?q=ADA", vec!["adam", "ada"]),
        ("?q=ada@", vec!["ada"]),
        ("?q=a%25", vec!["a%b_c"]),
        ("?q=%25", vec![]),
        ("?q=nobody", vec![]),
        ("?role=support", vec!["sue"]),
        ("?role=nothing", vec![]),
        ("?state=disabled", vec!["ada"]),
        ("?state=active&q=ada", vec!["adam"]),
        ("?role=user&state=disabled", vec!["ada"]),
        ("?role=user&q=adam", vec!["adam"]),
    ] {
        let page = stage
            .get(&support, &format!("/users{query}"))
            .await
            .expect(200);
        assert_eq!(names(&page.body), found, "{query}");
    }
    let by_id = stage.get(&support, &format!("/users?q={}", ada.id)).await;
    assert_eq!(names(&by_id.body), ["ada"]);

    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = stage
            .get(&support, &format!("/users?limit=2&cursor={cursor}"))
            .await
            .expect(200);
        all.extend(names(&page.body).into_iter().map(str::to_owned));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(all, ["a%b_c", "adam", "ada", "sue", "root"]);

    let path = format!("/users/{}", ada.id);
    let shown = stage.get(&support, &path).await.expect(200);
    assert_eq!(shown.body["disabled"], true);
    assert_eq!(shown.body["roles"], json!(["trader", "user"]));
    assert!(!shown.body.to_string().contains("hash"), "{}", shown.body);
    let known = async || stage.get_unless(&support, &path, shown.etag()).await;
    assert_eq!(known().await.status, 304);
    stage.session(&ada).await;
    let signed_in = known().await.expect(200);
    assert_eq!(signed_in.body["sessions"], 1);
}

#[tokio::test]
async fn accounts_are_found_however_their_names_and_addresses_are_written() {
    let stage = Stage::new("search_spelling").await;
    let admin = stage.person("root", &["admin"]).await;
    stage
        .owner
        .batch_execute(
            "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
             select gen_random_uuid(), e, u, k, platform.now(), platform.now()
             from (values ('jose@xn--bcher-kva.example', 'José', 'josé'), ('strauß@a.example', 'Strauß', 'strauss')) a (e, u, k)",
        )
        .await
        .unwrap();
    for (query, found) in [
        ("jos%C3%A9", "José"),
        ("JOSE%CC%81", "José"),
        ("Jose@B%C3%BCcher.example", "José"),
        ("jose@xn--bch", "José"),
        ("Strau%C3%9F", "Strauß"),
        ("STRAUSS", "Strauß"),
        ("strau%C3%9F@a.ex", "Strauß"),
    ] {
        let page = stage.get(&admin, &format!("/users?q={query}")).await;
        assert_eq!(names(&page.expect(200).body), [found], "{query}");
    }
}

#[tokio::test]
async fn a_disabled_account_loses_all_it_was_signed_in_with() {
    let stage = Stage::new("disable").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    stage.session(&ada).await;
    stage.session(&ada).await;
    let path = format!("PATCH /users/{}", ada.id);
    let disabled = stage
        .send(&admin, &path, json!({"disabled": true}))
        .await
        .expect(200);
    assert_eq!(
        (&disabled.body["disabled"], &disabled.body["sessions"]),
        (&json!(true), &json!(0))
    );
    let revoked = "select count(*) from identity.revocations where kind = 'subject' and id = $1";
    assert_eq!(stage.count(revoked, &[&ada.id.to_string()]).await, 1);
    let sessions = "select count(*) from identity.revocations where kind = 'session'";
    assert_eq!(stage.count(sessions, &[]).await, 3);

    // Again is as good as once, and is no second deed.
    stage
        .send(&admin, &path, json!({"disabled": true}))
        .await
        .expect(200);
    let deeds =
        "select count(*) from platform.audit where action = 'account.disabled' and target_id = $1";
    assert_eq!(stage.count(deeds, &[&ada.id.to_string()]).await, 1);

    let enabled = stage
        .send(&admin, &path, json!({"disabled": false}))
        .await
        .expect(200);
    assert_eq!(enabled.body["disabled"], false);
    assert_eq!(enabled.body["has_password"], true);
}

#[tokio::test]
async fn a_forced_reset_takes_the_password_and_the_sessions() {
    let stage = Stage::new("reset").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    stage.session(&ada).await;
    let path = format!("PATCH /users/{}", ada.id);
    let force = || stage.send(&admin, &path, json!({"force_password_reset": true}));
    let reset = force().await.expect(200);
    assert_eq!(reset.body["has_password"], false);
    assert_eq!(reset.body["sessions"], 0);
    let mails = "select count(*) from platform.tasks where kind = 'send_password_reset' and payload ->> 'account' = $1";
    assert_eq!(
        stage.count(mails, &[&ada.id.to_string()]).await,
        1,
        "a link is on its way"
    );
    let records = stage
        .get(
            &admin,
            &format!("/audit?target_type=account&target_id={}", ada.id),
        )
        .await
        .expect(200);
    let record = &records.body["items"][0];
    assert_eq!(record["action"], "account.password_taken");
    assert_eq!(record["actor"], admin.id.to_string());
    assert_eq!(
        record["before"],
        json!({"disabled": false, "has_password": true})
    );
    assert_eq!(
        record["after"],
        json!({"disabled": false, "has_password": false})
    );

    // The link was lost, or somebody has signed in by a passkey.
    stage.session(&ada).await;
    let again = force().await.expect(200);
    assert_eq!(again.body["sessions"], 0);
    assert_eq!(stage.count(mails, &[&ada.id.to_string()]).await, 2);
}

#[tokio::test]
async fn nobody_manages_who_may_do_more_or_locks_themselves_out() {
    let stage = Stage::new("rank").await;
    let admin = stage.person("root", &["admin"]).await;
    let other = stage.person("root2", &["admin"]).await;
    stage
        .send(
            &admin,
            "POST /roles",
            json!({"name": "warden", "description": "Disables", "permissions": ["users.read", "users.manage"]}),
        )
        .await
        .expect(201);
    let warden = stage.person("wanda", &["warden"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let disable = json!({"disabled": true});

    let up = stage
        .send(
            &warden,
            &format!("PATCH /users/{}", admin.id),
            disable.clone(),
        )
        .await;
    assert_eq!((up.status, up.kind()), (403, "forbidden"));
    let oneself = stage
        .send(
            &admin,
            &format!("PATCH /users/{}", admin.id),
            disable.clone(),
        )
        .await;
    assert_eq!(oneself.status, 409);
    // An API key of an administrator with fewer scopes ranks as its scopes.
    let key = admin.with(&["users.manage"]);
    let up = stage
        .send(&key, &format!("PATCH /users/{}", other.id), disable.clone())
        .await;
    assert_eq!(up.status, 403);
    stage
        .send(
            &warden,
            &format!("PATCH /users/{}", ada.id),
            disable.clone(),
        )
        .await
        .expect(200);

    // The token still says so, the database does not.
    stage
        .send(
            &admin,
            &format!("PUT /users/{}/roles", warden.id),
            json!({"roles": ["user"]}),
        )
        .await
        .expect(200);
    let late = stage
        .send(
            &warden,
            &format!("PATCH /users/{}", ada.id),
            json!({"disabled": false}),
        )
        .await;
    assert_eq!(late.status, 403);
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let stage = Stage::new("stale").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    let path = format!("/users/{}", ada.id);
    let tag = stage.get(&admin, &path).await.expect(200).etag().to_owned();
    let patch = async |tag: &str, disabled: bool| {
        stage
            .call(
                "PATCH",
                &path,
                Some(&admin),
                &[("if-match", tag)],
                Some(json!({"disabled": disabled}).to_string()),
            )
            .await
    };
    // Her signing in is shown, and no change of an administrator's.
    stage.session(&ada).await;
    let changed = patch(&tag, true).await.expect(200);
    assert_ne!(changed.etag(), tag);
    let stale = patch(&tag, false).await;
    assert_eq!((stale.status, stale.kind()), (412, "precondition-failed"));
    let enabled = patch(changed.etag(), false).await.expect(200);
    stage
        .send(
            &admin,
            &format!("PUT {path}/roles"),
            json!({"roles": ["trader", "user"]}),
        )
        .await
        .expect(200);
    assert_eq!(patch(enabled.etag(), true).await.status, 412, "her roles");
}

#[tokio::test]
async fn a_session_that_was_ended_changes_nobody_from_that_moment() {
    let stage = Stage::new("ended").await;
    let admin = stage.person("root", &["admin"]).await;
    let ada = stage.person("ada", &["user"]).await;
    stage
        .owner
        .execute(
            "update identity.sessions set ended_at = platform.now() where id = $1",
            &[&admin.session],
        )
        .await
        .unwrap();
    let role = json!({"name": "auditor", "description": "Reads", "permissions": ["audit.read"]});
    for (what, body) in [
        (
            format!("PATCH /users/{}", ada.id),
            json!({"disabled": true}),
        ),
        (
            format!("PUT /users/{}/roles", ada.id),
            json!({"roles": ["admin"]}),
        ),
        ("POST /roles".to_owned(), role),
        ("DELETE /roles/user".to_owned(), json!({})),
    ] {
        let late = stage.send(&admin, &what, body).await;
        assert_eq!((late.status, late.kind()), (401, "unauthorized"), "{what}");
    }
    let other = stage.person("root2", &["admin"]).await;
    let path = format!("/users/{}", ada.id);
    let shown = stage.get(&other, &path).await.expect(200);
    assert_eq!(
        (&shown.body["disabled"], &shown.body["roles"]),
        (&json!(false), &json!(["user"]))
    );
}
