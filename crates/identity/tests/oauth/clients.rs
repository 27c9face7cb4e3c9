//! The registry: administrators register clients, and clients themselves where the operator lets them.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::stage::{CALLBACK, OAuth, Stage, TestClient};

const SERVICE: (&str, &str) = ("grant_type", "client_credentials");
const PATH: &str = "/api/v1/admin/oauth-clients";

#[tokio::test]
async fn a_clients_life_from_registration_to_removal() {
    let stage = Stage::new("registry").await;
    let root = stage.administrator().await;
    let nobody = stage.account("ada").await;
    let body = json!({"client_name": "Service", "grant_types": ["client_credentials"], "scope": "posts.read"});
    assert_eq!(
        stage
            .json("POST", PATH, Some(&nobody), body.clone())
            .await
            .status,
        403
    );
    assert_eq!(
        stage.json("POST", PATH, None, body.clone()).await.status,
        401
    );
    let created = stage
        .json("POST", PATH, Some(&root), body)
        .await
        .expect(201);
    let path = created.header("location").to_owned();
    let first = TestClient {
        id: created.text_of("client_id"),
        secret: Some(created.text_of("client_secret")),
    };
    let shown = stage
        .json("GET", &path, Some(&root), json!(null))
        .await
        .expect(200);
    assert!(!shown.text.contains("sps_"), "a secret is shown once");
    let list = stage
        .json("GET", PATH, Some(&root), json!(null))
        .await
        .expect(200);
    assert_eq!(list.body["items"][0]["client_id"], first.id.as_str());

    // B2, B27 and the rest of the table is a unit test; here, that the fields are named.
    let wrong = json!({"client_name": "x", "redirect_uris": ["http://client.example/cb"], "client_id": "mine"});
    let refused = stage
        .json("POST", PATH, Some(&root), wrong)
        .await
        .expect(422);
    assert_eq!(refused.body["errors"][0]["field"], "redirect_uris[0]", "B2");
    assert!(
        first.id.starts_with("oc_"),
        "B27: nobody chooses an id, and none is an account's"
    );

    let _ = stage.token(&first, &[SERVICE]).await.expect(200);
    let rotate = format!("{path}/rotate-secret");
    let rotated = stage
        .json("POST", &rotate, Some(&root), json!({"overlap_seconds": 60}))
        .await
        .expect(200);
    let second = TestClient {
        id: first.id.clone(),
        secret: Some(rotated.text_of("client_secret")),
    };
    let _ = stage.token(&first, &[SERVICE]).await.expect(200);
    let _ = stage.token(&second, &[SERVICE]).await.expect(200);
    stage.db.run("update identity.oauth_client_secrets set expires_at = platform.now() where expires_at is not null").await;
    let _ = stage
        .token(&first, &[SERVICE])
        .await
        .error(401, "invalid_client");
    let _ = stage
        .json("POST", &rotate, Some(&root), json!({"overlap_seconds": 0}))
        .await
        .expect(200);
    let _ = stage
        .token(&second, &[SERVICE])
        .await
        .error(401, "invalid_client");
    let rotated = stage
        .json("POST", &rotate, Some(&root), json!(null))
        .await
        .expect(200);
    assert!(
        rotated.body["previous_expires_at"].is_string(),
        "without a body, as usual: a day of overlap"
    );
    let third = TestClient {
        id: first.id.clone(),
        secret: Some(rotated.text_of("client_secret")),
    };
    let token = stage
        .token(&third, &[SERVICE])
        .await
        .expect(200)
        .text_of("access_token");

    let change = json!({"client_name": "Renamed", "grant_types": ["client_credentials"], "scope": "posts.read", "disabled": true});
    let changed = stage
        .json("PUT", &path, Some(&root), change)
        .await
        .expect(200);
    assert_eq!(
        (&changed.body["client_name"], &changed.body["disabled"]),
        (&json!("Renamed"), &json!(true))
    );
    let _ = stage
        .token(&third, &[SERVICE])
        .await
        .error(401, "invalid_client");
    let other = stage.client(json!({})).await;
    assert!(!stage.is_active(&other, &token).await);
    let told = format!(
        "select count(*) from identity.revocations where kind = 'subject' and id = '{}'",
        first.id
    );
    assert_eq!(
        stage.db.count(&told).await,
        1,
        "all who verify tokens learn that its own are dead"
    );
    let _ = stage
        .json("DELETE", &path, Some(&root), json!(null))
        .await
        .expect(204);
    let _ = stage
        .json("DELETE", &path, Some(&root), json!(null))
        .await
        .expect(404);
    let _ = stage
        .json("GET", &path, Some(&root), json!(null))
        .await
        .expect(404);
}

/// What an administrator takes away counts for who is in the middle of it.
#[tokio::test]
async fn a_client_that_is_cut_back_gets_no_more_than_it_has_now() {
    let stage = Stage::new("cut_back").await;
    let root = stage.administrator().await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let path = format!("{PATH}/{}", client.id);
    let change = async |address: &str| {
        let less = json!({"client_name": "Less", "redirect_uris": [address], "scope": "openid",
                          "id_token_signed_response_alg": "EdDSA"});
        let _ = stage
            .json("PUT", &path, Some(&root), less)
            .await
            .expect(200);
    };
    let scope = [("scope", "openid email")];
    let mut browser = Browser::new(&stage);
    let login = browser.ask(&client, &scope).await;
    let consent = browser.log_in(&login, "ada").await.expect(200);
    let code = browser.agree(&consent).await;
    let waiting = [("scope", "openid email"), ("prompt", "consent")];
    let waiting = browser.ask(&client, &waiting).await.expect(200);

    change(CALLBACK).await;
    let tokens = stage.redeem(&client, &code["code"]).await.expect(200);
    assert_eq!(tokens.body["scope"], "openid");

    change("https://client.example/another").await;
    for decision in ["allow", "deny"] {
        let answer = browser.submit(&waiting, &[("decision", decision)]).await;
        assert_eq!(
            answer.status, 400,
            "{decision}: no way back to that address"
        );
    }
}

#[tokio::test]
async fn the_same_idempotency_key_registers_one_client_and_shows_its_secret_once() {
    let stage = Stage::new("once").await;
    let root = format!("Bearer {}", stage.administrator().await);
    let send = |key: &'static str, body: Value| {
        let headers = [("authorization", root.as_str()), ("idempotency-key", key)];
        let stage = &stage;
        async move {
            stage
                .send("POST", PATH, &headers, Some(&body.to_string()))
                .await
        }
    };
    let service = |name: &str| json!({"client_name": name, "grant_types": ["client_credentials"], "scope": "posts.read"});
    let first = send("service", service("One")).await.expect(201);
    let again = send("service", service("One")).await;
    assert_eq!(again.problem(), (409, "secret-shown-once"));
    assert_eq!(again.header("location"), first.header("location"));
    assert!(!again.text.contains("sps_"), "{}", again.text);
    let other = send("service", service("Two")).await;
    assert_eq!(other.problem(), (422, "idempotency-mismatch"));

    let public = json!({"client_name": "App", "token_endpoint_auth_method": "none", "redirect_uris": [CALLBACK]});
    let first = send("app", public.clone()).await.expect(201);
    let again = send("app", public).await.expect(201);
    assert_eq!(
        (again.header("idempotency-replayed"), &again.body),
        ("true", &first.body)
    );
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(
        stage
            .db
            .count("select count(*) from identity.oauth_clients")
            .await,
        2
    );
}

#[tokio::test]
async fn a_stale_version_changes_no_client() {
    let stage = Stage::new("client_versions").await;
    let root = format!("Bearer {}", stage.administrator().await);
    let send = async |method: &str, path: &str, guard: (&str, &str), body: Option<Value>| {
        let headers = [("authorization", root.as_str()), guard];
        let body = body.map(|body| body.to_string());
        stage.send(method, path, &headers, body.as_deref()).await
    };
    let service = |name: &str| {
        Some(
            json!({"client_name": name, "grant_types": ["client_credentials"], "scope": "posts.read"}),
        )
    };
    let created = send("POST", PATH, ("if-match", "*"), service("One"))
        .await
        .expect(201);
    let (path, tag) = (created.header("location"), created.etag());
    let known = send("GET", path, ("if-none-match", tag), None).await;
    assert_eq!(
        (known.status, known.text.as_str(), known.etag()),
        (304, "", tag)
    );
    let changed = send("PUT", path, ("if-match", tag), service("Two"))
        .await
        .expect(200);
    assert_ne!(changed.etag(), tag);
    let rotate = format!("{path}/rotate-secret");
    for (method, path, body) in [
        ("PUT", path, service("Three")),
        ("DELETE", path, None),
        ("POST", rotate.as_str(), Some(json!({}))),
    ] {
        let stale = send(method, path, ("if-match", tag), body).await;
        assert_eq!(stale.problem(), (412, "precondition-failed"), "{method}");
    }
    let shown = send("GET", path, ("if-none-match", tag), None)
        .await
        .expect(200);
    assert_eq!(
        (shown.etag(), &shown.body["client_name"]),
        (changed.etag(), &json!("Two"))
    );
    let _ = send("POST", &rotate, ("if-match", shown.etag()), Some(json!({})))
        .await
        .expect(200);
    let _ = send("DELETE", path, ("if-match", shown.etag()), None)
        .await
        .expect(204);
}

#[tokio::test]
async fn nobody_gives_a_client_more_than_they_have() {
    let stage = Stage::new("ceiling").await;
    stage.administrator().await;
    stage.account("clerk").await;
    stage
        .db
        .run(
            "insert into identity.roles (name, description) values ('clerk', 'Registers clients');
             insert into identity.role_permissions (role, permission) values ('clerk', 'clients.manage');
             insert into identity.account_roles (account_id, role, granted_at)
             select id, 'clerk', platform.now() from identity.accounts where username_key = 'clerk'",
        )
        .await;
    let clerk = stage.log_in("clerk").await;
    let body = |scope: &str| json!({"client_name": "x", "grant_types": ["client_credentials"], "scope": scope});
    let _ = stage
        .json(
            "POST",
            PATH,
            Some(&clerk),
            body("posts.read clients.manage"),
        )
        .await
        .expect(201);
    let refused = stage
        .json("POST", PATH, Some(&clerk), body("roles.manage"))
        .await
        .expect(422);
    assert_eq!(refused.body["errors"][0]["field"], "scope");

    // Nor do they take one over that has more: with its secret, or a changed redirect URI, they would be it.
    let mighty = body("posts.read roles.manage");
    let mighty = stage.client(mighty).await;
    let path = format!("{PATH}/{}", mighty.id);
    let rotate = format!("{path}/rotate-secret");
    let refused = stage.json("POST", &rotate, Some(&clerk), json!({})).await;
    assert_eq!(refused.problem(), (403, "forbidden"));
    let change = body("posts.read roles.manage");
    let refused = stage.json("PUT", &path, Some(&clerk), change).await;
    assert_eq!(refused.problem(), (422, "validation"));
    let _ = stage.token(&mighty, &[SERVICE]).await.expect(200);
    let harmless = stage.client(body("posts.read clients.manage")).await;
    let rotate = format!("{PATH}/{}/rotate-secret", harmless.id);
    let _ = stage
        .json("POST", &rotate, Some(&clerk), json!({}))
        .await
        .expect(200);
}

#[tokio::test]
async fn clients_register_themselves_only_where_the_operator_lets_them() {
    let off = Stage::new("registration_off").await;
    let metadata = json!({"client_name": "Reader", "client_id": "mine", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none", "scope": "openid posts.read"});
    assert_eq!(
        off.json("POST", "/oauth2/register", None, metadata.clone())
            .await
            .status,
        404
    );

    let stage = Stage::with("registration_on", &[("dynamic_registration", "on")]).await;
    stage.account("ada").await;
    let discovery = stage.get("/oauth2/.well-known/openid-configuration").await;
    assert!(discovery.body["registration_endpoint"].is_string());
    let created = stage
        .json("POST", "/oauth2/register", None, metadata)
        .await
        .expect(201);
    assert_eq!(
        (
            &created.body["client_secret"],
            created.header("cache-control")
        ),
        (&json!(null), "no-store")
    );
    assert!(!created.text.contains(":null"), "{}", created.text);
    assert!(created.text_of("client_id").starts_with("oc_"), "B27");
    let client = TestClient {
        id: created.text_of("client_id"),
        secret: None,
    };
    let mut browser = Browser::new(&stage);
    let page = browser.ask(&client, &[]).await;
    let consent = browser.log_in(&page, "ada").await;
    assert!(
        consent.text.contains("has registered itself"),
        "ASVS 10.4.7: people are warned"
    );
    let back = browser.agree(&consent).await;
    let _ = stage.redeem(&client, &back["code"]).await.expect(200);

    let unnamed = json!({"redirect_uris": [CALLBACK]});
    let unnamed = stage
        .json("POST", "/oauth2/register", None, unnamed)
        .await
        .expect(201);
    assert_eq!(
        unnamed.body["client_name"], "client.example",
        "RFC 7591 section 2: a name is optional"
    );

    for (wrong, error) in [
        (
            json!({"client_name": "x", "redirect_uris": ["http://client.example"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"client_name": "x", "redirect_uris": [CALLBACK], "scope": "trading.trade"}),
            "invalid_client_metadata",
        ),
        (
            json!({"client_name": "x", "redirect_uris": [CALLBACK], "jwks_uri": "https://x.example"}),
            "invalid_client_metadata",
        ),
        (
            json!({"client_name": 5, "redirect_uris": [CALLBACK]}),
            "invalid_client_metadata",
        ),
    ] {
        let _ = stage
            .json("POST", "/oauth2/register", None, wrong)
            .await
            .error(400, error);
    }
    let path = format!("/oauth2/register/{}", client.id);
    let token = created.text_of("registration_access_token");
    let shown = stage
        .json("GET", &path, Some(&token), json!(null))
        .await
        .expect(200);
    assert!(!shown.text.contains(":null"), "{}", shown.text);
    let _ = stage
        .json("GET", &path, Some("spt_x"), json!(null))
        .await
        .error(401, "invalid_token");
    let _ = stage
        .json("DELETE", &path, None, json!(null))
        .await
        .error(401, "invalid_token");
    let _ = stage
        .json("DELETE", &path, Some(&token), json!(null))
        .await
        .expect(204);
    let _ = stage
        .json("GET", &path, Some(&token), json!(null))
        .await
        .error(401, "invalid_token");
}

#[tokio::test]
async fn a_person_sees_and_takes_back_what_they_allowed() {
    let stage = Stage::new("consents").await;
    let ada = stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let list = async || {
        stage
            .json("GET", "/api/v1/auth/consents", Some(&ada), json!(null))
            .await
            .expect(200)
    };
    assert_eq!(list().await.body, json!({"items": [], "next_cursor": null}));
    let tokens = stage
        .tokens(&client, "ada", "openid posts.read offline_access")
        .await;
    let (access, refresh) = (
        tokens.text_of("access_token"),
        tokens.text_of("refresh_token"),
    );
    let seen = list().await;
    let item = &seen.body["items"][0];
    assert_eq!(
        (&item["client_id"], &item["client_name"]),
        (&json!(client.id), &json!("Example"))
    );
    assert_eq!(
        item["scopes"],
        json!(["openid", "posts.read", "offline_access"])
    );

    let path = format!("/api/v1/auth/consents/{}", client.id);
    let by_client = stage
        .json("DELETE", &path, Some(&access), json!(null))
        .await;
    assert_eq!(by_client.status, 403, "not by a client's token");
    let _ = stage
        .json("DELETE", &path, Some(&ada), json!(null))
        .await
        .expect(204);
    let _ = stage
        .json("DELETE", &path, Some(&ada), json!(null))
        .await
        .expect(404);
    assert!(!stage.is_active(&client, &access).await);
    let _ = stage
        .refresh(&client, &refresh)
        .await
        .error(400, "invalid_grant");
    assert_eq!(list().await.body["items"], json!([]));
}

/// In the second before the trust snapshot says so: a client would go on with what they may not do any more.
#[tokio::test]
async fn who_was_locked_out_a_moment_ago_changes_no_client() {
    let stage = Stage::new("locked_out_keeper").await;
    let client = stage.client(json!({})).await;
    let root = stage.log_in("keeper").await;
    stage
        .db
        .run("update identity.accounts set disabled_at = platform.now() where username_key = 'keeper'")
        .await;
    let known = "select (select count(*) from identity.oauth_clients where name = 'Example')
        + 10 * (select count(*) from identity.oauth_clients)
        + 100 * (select count(*) from identity.oauth_client_secrets)";
    let before = stage.db.count(known).await;
    let path = format!("{PATH}/{}", client.id);
    let body = json!({"client_name": "Service", "grant_types": ["client_credentials"], "scope": "posts.read"});
    for (method, path, body) in [
        ("POST", PATH.to_owned(), body.clone()),
        ("PUT", path.clone(), body),
        ("POST", format!("{path}/rotate-secret"), json!({})),
        ("DELETE", path, json!(null)),
    ] {
        let answer = stage.json(method, &path, Some(&root), body).await;
        assert_eq!(answer.problem(), (401, "unauthorized"), "{method} {path}");
    }
    assert_eq!(stage.db.count(known).await, before);
}
