//! ID tokens of clients that know RS256 alone, and the rotation of the keys.

use serde_json::json;

use crate::stage::{OAuth, Stage, decode, encode};

#[tokio::test]
async fn a_client_that_knows_rs256_alone_gets_it_by_a_published_key() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
    use rsa::signature::Verifier;

    let stage = Stage::new("rs256").await;
    stage.account("ada").await;
    let keys = stage.get("/oauth2/jwks").await.expect(200);
    let client = stage
        .client(json!({"id_token_signed_response_alg": "RS256"}))
        .await;
    let tokens = stage.tokens(&client, "ada", "openid offline_access").await;
    let token = tokens.text_of("id_token");
    let (header, identity) = decode(&token);
    assert_eq!(header["alg"], "RS256");
    let key = keys.body["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == header["kid"])
        .unwrap();
    assert_eq!(
        (&key["kty"], &key["alg"], &key["use"]),
        (&json!("RSA"), &json!("RS256"), &json!("sig"))
    );
    let number =
        |name: &str| rsa::BigUint::from_bytes_be(&B64.decode(key[name].as_str().unwrap()).unwrap());
    let public = rsa::RsaPublicKey::new(number("n"), number("e")).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature =
        rsa::pkcs1v15::Signature::try_from(B64.decode(signature).unwrap().as_slice()).unwrap();
    let verifier = rsa::pkcs1v15::VerifyingKey::<rsa::sha2::Sha256>::new(public);
    assert!(
        verifier.verify(signed.as_bytes(), &signature).is_ok(),
        "idtoken-signature"
    );
    let hash = <sha2::Sha256 as sha2::Digest>::digest(tokens.text_of("access_token"));
    assert_eq!(identity["at_hash"], B64.encode(&hash[..16]));
    let again = [
        stage
            .refresh(&client, &tokens.text_of("refresh_token"))
            .await
            .expect(200)
            .text_of("id_token"),
        stage
            .refresh(&client, &tokens.text_of("refresh_token"))
            .await
            .expect(200)
            .text_of("id_token"),
    ];
    assert_eq!(again[0], again[1], "R1 holds for RS256 too");

    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{signed}.{first}{}", &signature[1..]);
    let ended = "select count(*) from identity.sessions where ended_at is not null";
    for (hint, status, sessions) in [(&forged, 400, 0), (&token, 200, 1)] {
        let path = format!("/oauth2/end-session?{}", encode(&[("id_token_hint", hint)]));
        let _ = stage.get(&path).await.expect(status);
        assert_eq!(stage.db.count(ended).await, sessions, "as a hint: {status}");
    }
}

#[tokio::test]
async fn keys_are_rotated_for_those_who_may() {
    let stage = Stage::new("rotate_keys").await;
    let ada = stage.account("ada").await;
    let administrator = stage.administrator().await;
    let rotate = async |bearer: &str| {
        let path = "/api/v1/admin/keys/rotate";
        stage.json("POST", path, Some(bearer), json!(null)).await
    };
    assert_eq!(rotate(&ada).await.problem(), (403, "forbidden"));
    let tasks = json!(["rotate_signing_keys", "rewrap_secrets", "rewrap_keys"]);
    let made = rotate(&administrator).await.expect(202);
    assert_eq!(made.body["tasks"], tasks);
    let asked = "select count(*) from platform.tasks where idempotency_key like 'asked:%'";
    assert_eq!(stage.db.count(asked).await, 3);
}
