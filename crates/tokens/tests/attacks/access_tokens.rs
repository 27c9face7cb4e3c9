//! Access tokens that lie, and what is remembered of those that don't.

use contracts::identity::tokens::{
    Presented, PrincipalKind, Refusal, Revocation, RevocationKind, Verdict,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use spindle_tokens::Verifier;

use crate::forge::{
    NOW, b64, bearer, claims, header, key, kid, refusal, sign, snapshot, verifier, with, x,
};

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
        (principal.auth_time, principal.generation),
        (Some(NOW - 10), 7)
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
        (RevocationKind::Subject, "a1", 8, true),
        (RevocationKind::Subject, "a1", 7, false),
        (RevocationKind::Subject, "a2", NOW, false),
    ];
    for (kind, id, generation, revoked) in cases {
        let mut verifier = verifier();
        assert_eq!(refusal(&mut verifier, &bearer(&token)), None);
        verifier.trust(snapshot(
            &[&key(1)],
            vec![Revocation {
                kind,
                id: id.into(),
                generation,
            }],
        ));
        let expected = revoked.then_some(Refusal::Revoked);
        assert_eq!(
            refusal(&mut verifier, &bearer(&token)),
            expected,
            "{kind:?} {id} {generation}"
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

#[test]
fn a_token_without_a_generation_dies_with_what_was_revoked_since_its_second() {
    let token = sign(&key(1), &header(&key(1)), &with("generation", Value::Null));
    let issued = (NOW - 10) * 1_000_000;
    for (generation, expected) in [(issued, None), (issued + 1, Some(Refusal::Revoked))] {
        let mut verifier = verifier();
        verifier.trust(snapshot(
            &[&key(1)],
            vec![Revocation {
                kind: RevocationKind::Subject,
                id: "a1".into(),
                generation,
            }],
        ));
        assert_eq!(refusal(&mut verifier, &bearer(&token)), expected);
    }
}
