//! Tokens that are bound to a key, and proofs of possession that are not good for them.

use contracts::identity::tokens::{Presented, Refusal, Verdict};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::forge::{
    NOW, URL, b64, bearer, claims, header, key, kid, refusal, sign, verifier, with, x,
};

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
    let Ok(Verdict::Principal(principal)) = verifier().verify(&dpop(&token, Some(proof))) else {
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
        (
            changed("jti", json!("\0")),
            false,
            "an id that no row can hold",
        ),
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
