//! The authorization endpoint: what clients may ask, and how they are answered.

use serde_json::json;

use crate::browser::{Browser, request};
use crate::stage::{CALLBACK, ISSUER, OAuth, Stage, decode};

#[tokio::test]
async fn discovery_is_the_same_in_all_its_places_and_says_what_is_so() {
    let stage = Stage::new("discovery").await;
    let document = stage
        .get("/oauth2/.well-known/openid-configuration")
        .await
        .expect(200);
    for path in [
        "/oauth2/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/oauth2",
    ] {
        assert_eq!(
            stage.get(path).await.expect(200).body,
            document.body,
            "{path}"
        );
    }
    let body = document.body;
    assert_eq!(body["issuer"], ISSUER);
    assert_eq!(
        body["code_challenge_methods_supported"],
        json!(["S256"]),
        "B5"
    );
    assert_eq!(
        body["authorization_response_iss_parameter_supported"], true,
        "B17"
    );
    assert_eq!(body["response_types_supported"], json!(["code"]), "B12");
    assert!(
        body["registration_endpoint"].is_null(),
        "off unless the operator wants it"
    );
    for (name, value) in body.as_object().unwrap() {
        if name.ends_with("_endpoint") {
            let path = value
                .as_str()
                .unwrap()
                .strip_prefix("https://spindle.example")
                .unwrap();
            let answers = [
                stage.get(path).await.status,
                stage.send("POST", path, &[], Some("")).await.status,
            ];
            assert!(!answers.contains(&404), "{name} {answers:?}");
        }
    }
}

#[tokio::test]
async fn wrong_addresses_are_told_to_the_person_and_never_followed() {
    let stage = Stage::new("addresses").await;
    let client = stage.client(json!({})).await;
    for (changes, rule) in [
        (("redirect_uri", "https://client.example/cb/"), "B1"),
        (("redirect_uri", "https://client.example/cb?x=1"), "B1"),
        (("redirect_uri", "https://client.example/CB"), "B1"),
        (("redirect_uri", "https://evil.example/cb"), "B1"),
        (("redirect_uri", ""), "B1"),
        (("client_id", "oc_nobody0000000"), "B3"),
        (("client_id", "\u{0}"), "B3"),
        (("client_id", ""), "B3"),
    ] {
        let query = request(&client, &[changes]);
        for (method, path, body) in [
            ("GET", format!("/oauth2/authorize?{query}"), None),
            ("POST", "/oauth2/authorize".to_owned(), Some(query.as_str())),
        ] {
            let answer = stage.send(method, &path, &[], body).await;
            assert_eq!(answer.status, 400, "{rule} {changes:?}");
            assert!(
                answer.headers.get("location").is_none(),
                "{rule} {changes:?}"
            );
        }
    }
    let native = stage
        .client(json!({"application_type": "native", "token_endpoint_auth_method": "none", "redirect_uris": ["http://127.0.0.1/cb"]}))
        .await;
    let mut browser = Browser::new(&stage);
    let page = browser
        .ask(&native, &[("redirect_uri", "http://127.0.0.1:51004/cb")])
        .await;
    assert_eq!(
        page.status, 200,
        "RFC 8252: any port of the loopback address: {}",
        page.text
    );
}

#[tokio::test]
async fn wrong_requests_go_back_to_the_client_with_iss_and_state() {
    let stage = Stage::new("wrong_requests").await;
    let client = stage.client(json!({})).await;
    #[expect(clippy::type_complexity, reason = "a table of cases")]
    let cases: &[(&[(&str, &str)], &str, &str)] = &[
        (
            &[("code_challenge", ""), ("code_challenge_method", "")],
            "invalid_request",
            "B4",
        ),
        (
            &[("code_challenge_method", "plain")],
            "invalid_request",
            "B5",
        ),
        (
            &[("code_challenge_method", "")],
            "invalid_request",
            "B5: absent means plain",
        ),
        (&[("code_challenge", "x")], "invalid_request", "B8"),
        (
            &[("response_type", "token")],
            "unsupported_response_type",
            "B12",
        ),
        (
            &[("response_type", "id_token token")],
            "unsupported_response_type",
            "B12",
        ),
        (
            &[("response_type", "")],
            "invalid_request",
            "response-type-missing",
        ),
        (
            &[("response_mode", "fragment")],
            "invalid_request",
            "ASVS 10.4.12",
        ),
        (
            &[("scope", "openid trading.trade")],
            "invalid_scope",
            "beyond its ceiling",
        ),
        (&[("scope", "")], "invalid_scope", "nothing asked for"),
        (
            &[("prompt", "none")],
            "login_required",
            "prompt-none-not-logged-in",
        ),
        (
            &[("prompt", "none login")],
            "invalid_request",
            "none goes alone",
        ),
        (
            &[("request", "x.y.z")],
            "request_not_supported",
            "request objects",
        ),
        (
            &[("request_uri", "https://evil.example/r")],
            "request_uri_not_supported",
            "nothing is fetched",
        ),
        (
            &[("resource", "https://unknown.example")],
            "invalid_target",
            "RFC 8707",
        ),
        (
            &[("id_token_hint", "x.y.z")],
            "invalid_request",
            "no ID token",
        ),
        (&[("max_age", "soon")], "invalid_request", "no number"),
    ];
    for (changes, error, rule) in cases {
        for method in ["GET", "POST"] {
            let query = request(&client, changes);
            let answer = match method {
                "GET" => stage.get(&format!("/oauth2/authorize?{query}")).await,
                _ => {
                    let answer = stage
                        .send("POST", "/oauth2/authorize", &[], Some(&query))
                        .await;
                    Browser::new(&stage).follow(answer).await
                }
            };
            let (address, parameters) = answer.redirect();
            assert_eq!(address, CALLBACK, "{rule} {method}");
            assert_eq!(
                parameters["error"], *error,
                "{rule} {method} {parameters:?}"
            );
            assert_eq!(parameters["iss"], ISSUER, "B17 {method}");
            assert_eq!(parameters["state"], "a state & more", "{rule} {method}");
            assert_eq!(answer.header("cache-control"), "no-store", "B22");
        }
    }
    let twice = format!("{}&scope=openid", request(&client, &[]));
    let by_get = stage.get(&format!("/oauth2/authorize?{twice}")).await;
    let by_post = stage
        .send("POST", "/oauth2/authorize", &[], Some(&twice))
        .await;
    for answer in [by_get, by_post] {
        let (_, parameters) = answer.redirect();
        assert_eq!(parameters["error"], "invalid_request", "B24");
    }
}

#[tokio::test]
async fn a_person_signs_in_agrees_and_the_client_learns_who_it_is() {
    let stage = Stage::new("whole_flow").await;
    let session = stage.account("ada").await;
    let me = stage
        .json("GET", "/api/v1/auth/me", Some(&session), json!(null))
        .await
        .expect(200);
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);

    let login = browser
        .ask(
            &client,
            &[
                ("scope", "openid email posts.read offline_access"),
                ("login_hint", "ada"),
            ],
        )
        .await;
    assert!(
        login.text.contains("value=\"ada\""),
        "login_hint: {}",
        login.text
    );
    let wrong = browser
        .submit(&login, &[("login", "ada"), ("password", "wrong")])
        .await
        .expect(422);
    assert!(wrong.text.contains("role=\"alert\""));
    assert!(!browser.cookies.contains_key("__Host-spindle_session"));
    let consent = browser.log_in(&wrong, "ada").await.expect(200);
    assert!(
        consent.text.contains("See your e-mail address") && consent.text.contains("Example"),
        "{}",
        consent.text
    );
    let answer = browser.submit(&consent, &[("decision", "allow")]).await;
    let (address, parameters) = answer.redirect();
    assert_eq!(address, CALLBACK);
    assert_eq!(
        (parameters["iss"].as_str(), parameters["state"].as_str()),
        (ISSUER, "a state & more"),
        "B17"
    );

    let tokens = stage.redeem(&client, &parameters["code"]).await.expect(200);
    assert_eq!(
        (tokens.header("cache-control"), &tokens.body["token_type"]),
        ("no-store", &json!("Bearer")),
        "B22"
    );
    let (header, access) = decode(&tokens.text_of("access_token"));
    assert_eq!(header["typ"], "at+jwt", "B19");
    assert_eq!(
        access["aud"],
        json!(["spindle", format!("{ISSUER}/userinfo")]),
        "B19"
    );
    assert_eq!(access["sub"], me.body["id"]);
    assert_eq!(access["client_id"], client.id.as_str());
    assert!(access["email"].is_null() && access["roles"].is_array());
    let (header, identity) = decode(&tokens.text_of("id_token"));
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("EdDSA"), &json!("JWT"))
    );
    assert_eq!(identity["iss"], ISSUER);
    assert_eq!(identity["aud"], client.id.as_str());
    assert_eq!(identity["sub"], me.body["id"]);
    assert_eq!(identity["nonce"], "a nonce");
    for name in ["exp", "iat", "auth_time"] {
        assert!(identity[name].is_i64(), "{name}");
    }
    assert_eq!(identity["acr"], "urn:spindle:acr:1fa");
    let hash = <sha2::Sha512 as sha2::Digest>::digest(tokens.text_of("access_token"));
    let half = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        &hash[..32],
    );
    assert_eq!(identity["at_hash"], half);

    // The same again needs nobody: prompt-none-logged-in.
    let (_, parameters) = browser.ask(&client, &[("prompt", "none")]).await.redirect();
    let again = stage.identity(&client, &parameters["code"]).await;
    assert_eq!(again["sub"], me.body["id"]);
    let wider = browser
        .ask(
            &client,
            &[("prompt", "none"), ("scope", "openid posts.write")],
        )
        .await;
    assert_eq!(wider.redirect().1["error"], "consent_required");
}

#[tokio::test]
async fn fresh_authentication_is_asked_for_as_the_client_wants_it() {
    let stage = Stage::new("freshness").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let code = browser.authorize(&client, "ada", &[]).await;
    let first = stage.redeem(&client, &code).await.expect(200);
    let cookie = browser.cookies["__Host-spindle_session"].clone();
    stage.db.run("update identity.sessions set authenticated_at = authenticated_at - interval '1 minute'").await;

    let (_, parameters) = browser
        .ask(&client, &[("max_age", "10000")])
        .await
        .redirect();
    assert!(
        parameters.contains_key("code"),
        "max_age=10000: {parameters:?}"
    );
    let (_, parameters) = browser
        .ask(&client, &[("max_age", "1"), ("prompt", "none")])
        .await
        .redirect();
    assert_eq!(parameters["error"], "login_required");
    for changes in [("max_age", "1"), ("prompt", "login")] {
        let page = browser.ask(&client, &[changes]).await.expect(200);
        assert!(page.text.contains("name=\"password\""), "{changes:?}");
    }
    let page = browser.ask(&client, &[("prompt", "login")]).await;
    let (_, parameters) = browser.log_in(&page, "ada").await.redirect();
    let second = stage.redeem(&client, &parameters["code"]).await.expect(200);
    let auth_time = |tokens: &crate::stage::Answer| {
        decode(&tokens.text_of("id_token")).1["auth_time"]
            .as_i64()
            .unwrap()
    };
    assert!(auth_time(&second) >= auth_time(&first), "a new auth_time");
    assert_ne!(
        browser.cookies["__Host-spindle_session"], cookie,
        "a new cookie at every login"
    );

    let hint = first.text_of("id_token");
    let (_, parameters) = browser
        .ask(&client, &[("prompt", "none"), ("id_token_hint", &hint)])
        .await
        .redirect();
    assert!(
        parameters.contains_key("code"),
        "id_token_hint: {parameters:?}"
    );
    let access = first.text_of("access_token");
    let (_, parameters) = browser
        .ask(&client, &[("prompt", "none"), ("id_token_hint", &access)])
        .await
        .redirect();
    assert_eq!(
        parameters["error"], "invalid_request",
        "an access token is no hint"
    );
    stage.account("bob").await;
    let mut other = Browser::new(&stage);
    other.authorize(&client, "bob", &[]).await;
    let (_, parameters) = other
        .ask(&client, &[("prompt", "none"), ("id_token_hint", &hint)])
        .await
        .redirect();
    assert_eq!(
        parameters["error"], "login_required",
        "somebody else is signed in"
    );
    let page = other
        .ask(&client, &[("prompt", "consent")])
        .await
        .expect(200);
    assert!(
        page.text.contains("name=\"decision\""),
        "prompt=consent asks again"
    );
}

#[tokio::test]
async fn what_basic_providers_must_bear_is_borne() {
    let stage = Stage::new("basic").await;
    stage.account("ada").await;
    // A client that certification demands: no PKCE, no nonce.
    let client = stage.client(json!({"require_pkce": false})).await;
    let plain = [
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("nonce", ""),
    ];
    for more in [
        ("scope", "openid"),
        ("scope", "email openid profile"),
        ("scope", "openid profile email address phone"),
        ("display", "page"),
        ("display", "popup"),
        ("ui_locales", "fr-CA fr en"),
        ("claims_locales", "fr"),
        ("acr_values", "1 2"),
        ("login_hint", "ada@example.com"),
        ("extra", "foobar"),
        ("prompt", "consent"),
        ("claims", r#"{"userinfo": {"name": {"essential": true}}}"#),
    ] {
        let changes: Vec<(&str, &str)> = plain.iter().copied().chain([more]).collect();
        let code = Browser::new(&stage)
            .authorize(&client, "ada", &changes)
            .await;
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
        ];
        let tokens = stage.token(&client, &parameters).await.expect(200);
        let (_, identity) = decode(&tokens.text_of("id_token"));
        assert!(identity["nonce"].is_null(), "{more:?}");
        if more.0 == "claims" {
            assert_eq!(
                stage.userinfo(&tokens.text_of("access_token")).await.body["name"],
                "ada"
            );
        }
    }
    // Authorization by POST, as another site's form sends it: without cookies.
    let mut browser = Browser::new(&stage);
    browser.authorize(&client, "ada", &[]).await;
    let form = request(&client, &[]);
    let answer = stage
        .send(
            "POST",
            "/oauth2/authorize",
            &[("sec-fetch-site", "cross-site")],
            Some(&form),
        )
        .await;
    let (_, parameters) = browser.follow(answer).await.redirect();
    assert!(parameters.contains_key("code"), "by POST: {parameters:?}");
}

/// axum answers HEAD by the handler of GET.
#[tokio::test]
async fn head_brings_no_code_and_signs_nobody_out() {
    let stage = Stage::new("head").await;
    stage.account("ada").await;
    let client = stage.client(json!({})).await;
    let mut browser = Browser::new(&stage);
    let code = browser.authorize(&client, "ada", &[]).await;
    let hint = stage
        .redeem(&client, &code)
        .await
        .expect(200)
        .text_of("id_token");
    let done = "select (select count(*) from identity.oauth_codes) + (select count(*) from identity.oauth_requests)
        + (select count(*) from identity.sessions where ended_at is not null)";
    let before = stage.db.count(done).await;
    for path in [
        format!("/oauth2/authorize?{}", request(&client, &[])),
        format!("/oauth2/end-session?id_token_hint={hint}"),
        "/oauth2/device".to_owned(),
    ] {
        let answer = browser.send("HEAD", &path, &[], None).await;
        let told = (answer.status, answer.header("allow"));
        assert_eq!(told, (405, "GET, POST"), "{path}");
        assert_eq!(stage.db.count(done).await, before, "{path}");
    }
}
