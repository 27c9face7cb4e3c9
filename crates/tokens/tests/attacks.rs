//! What somebody without our key, or with somebody else's token, may try.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::identity::tokens::{
    Presented, PrincipalKind, Refusal, Revocation, RevocationKind, TrustSnapshot, Verdict,
    VerificationKey,
};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use spindle_tokens::{Thumbprint, Verifier};

const NOW: i64 = 1_763_700_000;
const URL: &str = "https://spindle.example/api/v1/auth/me";

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn x(key: &SigningKey) -> String {
    b64(key.verifying_key().as_bytes())
}

fn kid(key: &SigningKey) -> String {
    Thumbprint::ed25519(&x(key)).as_str().to_owned()
}

fn sign(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", b64(signature))
}

fn header(key: &SigningKey) -> Value {
    json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid(key)})
}

fn claims() -> Value {
    json!({
        "iss": "https://spindle.example/oauth2", "sub": "a1", "aud": "spindle", "client_id": "spindle", "sid": "s1",
        "scope": "*", "permissions": ["bots.run"], "roles": ["trader", "user"], "auth_time": NOW - 10,
        "amr": ["pwd"], "iat": NOW - 10, "exp": NOW + 290, "jti": "t1",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn snapshot(keys: &[&SigningKey], revocations: Vec<Revocation>) -> TrustSnapshot {
    TrustSnapshot {
        issuer: "https://spindle.example/oauth2".into(),
        audience: "spindle".into(),
        keys: keys
            .iter()
            .map(|key| VerificationKey {
                kid: kid(key),
                x: x(key),
            })
            .collect(),
        revocations,
    }
}

fn verifier() -> Verifier {
    let mut verifier = Verifier::default();
    verifier.trust(snapshot(&[&key(1)], vec![]));
    verifier
}

fn bearer(token: &str) -> Presented {
    Presented {
        authorization: format!("Bearer {token}"),
        dpop: None,
        method: "GET".into(),
        url: URL.into(),
        now: NOW,
    }
}

fn refusal(verifier: &mut Verifier, presented: &Presented) -> Option<Refusal> {
    verifier.verify(presented).err()
}

#[test]
fn a_good_token_becomes_its_principal() {
    let token = sign(&key(1), &header(&key(1)), &claims());
    let Ok(Verdict::Principal(principal)) = verifier().verify(&bearer(&token)) else {
        panic!("refused")
    };
    assert_eq!(principal.subject, "a1");
    assert_eq!(principal.kind, PrincipalKind::User);
    assert_eq!(principal.session.as_deref(), Some("s1"));
    assert_eq!(principal.scopes, ["*"]);
    assert_eq!(principal.permissions, ["bots.run"]);
    assert_eq!(principal.roles, ["trader", "user"]);
    assert_eq!(
        (principal.auth_time, principal.issued_at),
        (Some(NOW - 10), NOW - 10)
    );
    assert_eq!((principal.jti.as_str(), principal.cnf), ("t1", None));
}

#[test]
fn without_a_person_the_subject_is_the_client() {
    let mut claims = with("sub", json!("c1"));
    claims["client_id"] = json!("c1");
    let token = sign(&key(1), &header(&key(1)), &claims);
    let Ok(Verdict::Principal(principal)) = verifier().verify(&bearer(&token)) else {
        panic!("refused")
    };
    assert_eq!(principal.kind, PrincipalKind::Client);
}

#[test]
fn an_api_key_is_to_be_looked_up() {
    let hash = Sha256::digest(b"spk_abc")
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        verifier().verify(&bearer("spk_abc")),
        Ok(Verdict::Lookup(hash))
    );
}

#[test]
fn headers_that_lie_are_refused() {
    let mine = key(1);
    let public = mine.verifying_key().to_bytes();
    let hs256 = {
        use hmac::{KeyInit, Mac};
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": kid(&mine)});
        let signed = format!("{}.{}", b64(header.to_string()), b64(claims().to_string()));
        let mut mac = hmac::Hmac::<Sha256>::new_from_slice(&public).unwrap();
        mac.update(signed.as_bytes());
        format!("{signed}.{}", b64(mac.finalize().into_bytes()))
    };
    let none = format!(
        "{}.{}.",
        b64(json!({"alg": "none", "typ": "at+jwt"}).to_string()),
        b64(claims().to_string())
    );
    let with_header = |header: Value| sign(&mine, &header, &claims());
    let foreign = key(2);
    let cases = [
        (
            hs256,
            Refusal::BadSignature,
            "the public key as an HMAC secret",
        ),
        (none, Refusal::BadSignature, "alg none"),
        (
            with_header(json!({"alg": "none", "typ": "at+jwt", "kid": kid(&mine)})),
            Refusal::BadSignature,
            "alg none, signed",
        ),
        (
            with_header(json!({"alg": "eddsa", "typ": "at+jwt", "kid": kid(&mine)})),
            Refusal::BadSignature,
            "alg in another case",
        ),
        (
            with_header(json!({"alg": "EdDSA", "typ": "at+jwt"})),
            Refusal::BadSignature,
            "no kid",
        ),
        (
            with_header(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "x"})),
            Refusal::BadSignature,
            "unknown kid",
        ),
        (
            with_header(json!({"alg": "EdDSA", "typ": "JWT", "kid": kid(&mine)})),
            Refusal::WrongAudience,
            "an ID token",
        ),
        (
            with_header(json!({"alg": "EdDSA", "kid": kid(&mine)})),
            Refusal::WrongAudience,
            "no typ",
        ),
        (
            with_header(
                json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid(&mine), "crit": ["b64"], "b64": false}),
            ),
            Refusal::BadSignature,
            "a critical extension",
        ),
        (
            sign(
                &foreign,
                &json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid(&mine)}),
                &claims(),
            ),
            Refusal::BadSignature,
            "another key under our kid",
        ),
        (
            sign(
                &foreign,
                &json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid(&foreign),
                        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x(&foreign)}}),
                &claims(),
            ),
            Refusal::BadSignature,
            "a key that the token brings along",
        ),
        ("a.b.c".into(), Refusal::Malformed, "not base64 of JSON"),
        ("a".repeat(20_000), Refusal::Malformed, "far too long"),
    ];
    let mut verifier = verifier();
    for (token, expected, attack) in cases {
        assert_eq!(
            refusal(&mut verifier, &bearer(&token)),
            Some(expected),
            "{attack}"
        );
    }
}

#[test]
fn claims_that_are_not_for_us_now_are_refused() {
    let cases = [
        (
            with("iss", json!("https://evil.example/oauth2")),
            Refusal::WrongAudience,
            "another issuer",
        ),
        (
            with("aud", json!("userinfo")),
            Refusal::WrongAudience,
            "another audience",
        ),
        (
            with("aud", json!(["userinfo", "other"])),
            Refusal::WrongAudience,
            "other audiences",
        ),
        (
            with("exp", json!(NOW)),
            Refusal::Expired,
            "exp is the first moment that is too late",
        ),
        (
            with("iat", json!(NOW + 6)),
            Refusal::NotYetValid,
            "issued in the future",
        ),
        (
            with("nbf", json!(NOW + 6)),
            Refusal::NotYetValid,
            "valid in the future",
        ),
        (
            with("exp", json!("never")),
            Refusal::Malformed,
            "exp is a number",
        ),
        (
            with("cnf", json!({"x5t#S256": "abc"})),
            Refusal::BadProof,
            "bound in a way that we don't know",
        ),
        (
            with("cnf", json!({"jkt": "abc"})),
            Refusal::BadProof,
            "bound, but sent as a bearer token",
        ),
    ];
    let mut verifier = verifier();
    for (claims, expected, rule) in cases {
        let token = sign(&key(1), &header(&key(1)), &claims);
        assert_eq!(
            refusal(&mut verifier, &bearer(&token)),
            Some(expected),
            "{rule}"
        );
    }
    for (claims, rule) in [
        (
            with("aud", json!(["other", "spindle"])),
            "one of several audiences",
        ),
        (with("exp", json!(NOW + 1)), "the last second"),
        (
            with("nbf", json!(NOW + 5)),
            "clocks may differ by five seconds",
        ),
    ] {
        let token = sign(&key(1), &header(&key(1)), &claims);
        assert_eq!(refusal(&mut verifier, &bearer(&token)), None, "{rule}");
    }
}

#[test]
fn every_changed_letter_of_a_token_is_noticed() {
    let token = sign(&key(1), &header(&key(1)), &claims());
    let mut verifier = verifier();
    assert_eq!(refusal(&mut verifier, &bearer(&token)), None);
    // The last letter of a 64-byte signature carries bits that are not used; base64 without padding refuses them too.
    for position in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[position] = if changed[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        let changed = String::from_utf8(changed).unwrap();
        assert!(
            refusal(&mut verifier, &bearer(&changed)).is_some(),
            "position {position}"
        );
    }
}

#[test]
fn nothing_is_trusted_before_the_first_snapshot_or_after_a_key_went() {
    let token = sign(&key(1), &header(&key(1)), &claims());
    let mut verifier = Verifier::default();
    assert_eq!(
        refusal(&mut verifier, &bearer(&token)),
        Some(Refusal::BadSignature)
    );
    verifier.trust(snapshot(&[&key(1)], vec![]));
    assert_eq!(refusal(&mut verifier, &bearer(&token)), None);
    verifier.trust(snapshot(&[&key(2)], vec![]));
    assert_eq!(
        refusal(&mut verifier, &bearer(&token)),
        Some(Refusal::BadSignature),
        "not by memory either"
    );
}

#[test]
fn a_remembered_token_still_expires_and_is_still_revoked() {
    let token = sign(&key(1), &header(&key(1)), &claims());
    let cases = [
        (RevocationKind::Session, "s1", 0, true),
        (RevocationKind::Session, "s2", NOW, false),
        (RevocationKind::Token, "t1", 0, true),
        (RevocationKind::Token, "s1", NOW, false),
        (RevocationKind::Subject, "a1", NOW - 10, true),
        (RevocationKind::Subject, "a1", NOW - 11, false),
        (RevocationKind::Subject, "a2", NOW, false),
    ];
    for (kind, id, revoked_at, revoked) in cases {
        let mut verifier = verifier();
        assert_eq!(refusal(&mut verifier, &bearer(&token)), None);
        verifier.trust(snapshot(
            &[&key(1)],
            vec![Revocation {
                kind,
                id: id.into(),
                revoked_at,
            }],
        ));
        let expected = revoked.then_some(Refusal::Revoked);
        assert_eq!(
            refusal(&mut verifier, &bearer(&token)),
            expected,
            "{kind:?} {id} {revoked_at}"
        );
        let later = Presented {
            now: NOW + 290,
            ..bearer(&token)
        };
        assert_eq!(refusal(&mut verifier, &later), Some(Refusal::Expired));
    }
}

#[test]
fn more_tokens_than_are_remembered_are_still_decided_rightly() {
    let mut verifier = verifier();
    let tokens: Vec<String> = (0..600)
        .map(|n| {
            sign(
                &key(1),
                &header(&key(1)),
                &with("jti", json!(format!("t{n}"))),
            )
        })
        .collect();
    for _ in 0..2 {
        for (n, token) in tokens.iter().enumerate() {
            let Ok(Verdict::Principal(principal)) = verifier.verify(&bearer(token)) else {
                panic!("refused")
            };
            assert_eq!(principal.jti, format!("t{n}"));
        }
    }
}

mod bound {
    use super::*;

    fn ed25519_proof(claims: &Value) -> String {
        let holder = key(9);
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x(&holder)});
        sign(
            &holder,
            &json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk}),
            claims,
        )
    }

    fn proof_claims(token: &str) -> Value {
        json!({"jti": "p1", "htm": "GET", "htu": URL, "iat": NOW, "ath": b64(Sha256::digest(token))})
    }

    fn bound_token(thumbprint: &str) -> String {
        sign(
            &key(1),
            &header(&key(1)),
            &with("cnf", json!({"jkt": thumbprint})),
        )
    }

    fn dpop(token: &str, proof: Option<String>) -> Presented {
        Presented {
            authorization: format!("DPoP {token}"),
            dpop: proof,
            ..bearer(token)
        }
    }

    #[test]
    fn the_holder_of_the_key_may_use_the_token() {
        let token = bound_token(&kid(&key(9)));
        let proof = ed25519_proof(&proof_claims(&token));
        let Ok(Verdict::Principal(principal)) = verifier().verify(&dpop(&token, Some(proof)))
        else {
            panic!("refused")
        };
        assert_eq!(principal.cnf, Some(kid(&key(9))));
    }

    #[test]
    fn es256_proofs_are_proofs() {
        use p256::ecdsa::signature::Signer;
        let holder = p256::ecdsa::SigningKey::from_slice(&[3; 32]).unwrap();
        let point = holder.verifying_key().to_encoded_point(false);
        let (x, y) = (b64(point.x().unwrap()), b64(point.y().unwrap()));
        let thumbprint = b64(Sha256::digest(format!(
            r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#
        )));
        let token = bound_token(&thumbprint);
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}});
        let signed = format!(
            "{}.{}",
            b64(header.to_string()),
            b64(proof_claims(&token).to_string())
        );
        let signature: p256::ecdsa::Signature = holder.sign(signed.as_bytes());
        let proof = format!("{signed}.{}", b64(signature.to_bytes()));
        assert_eq!(
            refusal(&mut verifier(), &dpop(&token, Some(proof.clone()))),
            None
        );
        let other = bound_token(&kid(&key(9)));
        assert_eq!(
            refusal(&mut verifier(), &dpop(&other, Some(proof))),
            Some(Refusal::BadProof)
        );
    }

    #[test]
    fn a_proof_is_good_for_one_request_one_token_and_one_minute() {
        let token = bound_token(&kid(&key(9)));
        let changed = |name: &str, value: Value| {
            let mut claims = proof_claims(&token);
            claims[name] = value;
            Some(ed25519_proof(&claims))
        };
        let cases = [
            (None, false, "no proof"),
            (changed("htm", json!("POST")), false, "another method"),
            (
                changed("htu", json!("https://spindle.example/other")),
                false,
                "another address",
            ),
            (
                changed("htu", json!(format!("{URL}?a=b"))),
                true,
                "the query does not count",
            ),
            (
                changed("ath", json!(b64(Sha256::digest("other")))),
                false,
                "another token",
            ),
            (changed("iat", json!(NOW - 61)), false, "too old"),
            (changed("iat", json!(NOW - 60)), true, "just young enough"),
            (
                changed("iat", json!(NOW + 10)),
                true,
                "a clock ten seconds ahead",
            ),
            (changed("iat", json!(NOW + 11)), false, "from the future"),
            (changed("iat", json!(i64::MIN)), false, "before time"),
            (changed("jti", json!("")), false, "no id"),
            (Some(token.clone()), false, "the token as its own proof"),
        ];
        for (proof, good, rule) in cases {
            let expected = (!good).then_some(Refusal::BadProof);
            assert_eq!(
                refusal(&mut verifier(), &dpop(&token, proof)),
                expected,
                "{rule}"
            );
        }
    }

    #[test]
    fn a_proof_does_not_make_a_bearer_token_bound() {
        let token = sign(&key(1), &header(&key(1)), &claims());
        let proof = ed25519_proof(&proof_claims(&token));
        assert_eq!(
            refusal(&mut verifier(), &dpop(&token, Some(proof))),
            Some(Refusal::BadProof)
        );
    }
}
