//! What authenticators answer: a registration, and an assertion with the key that it was registered with.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passkeys::{AssertionResponse, RelyingParty, Verification};

const CHALLENGE: &[u8] = b"0123456789abcdef";
/// Bytes of a P-256 key, and of what an authenticator says beside it.
const KEY: usize = 77;
const AUTHENTICATOR_DATA: usize = 37;

/// What the browser says, which is right: else nothing behind it is looked at.
fn client_data(ceremony: &str) -> String {
    format!(
        r#"{{"type":"{ceremony}","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://spindle.example"}}"#
    )
}

fuzz_target!(|data: &[u8]| {
    let Some(party) = RelyingParty::at("https://spindle.example") else {
        panic!("the address has a domain");
    };
    let registration = client_data("webauthn.create");
    let _ = party.verify_registration(CHALLENGE, registration.as_bytes(), data);
    let (public_key, rest) = data.split_at_checked(KEY).unwrap_or((data, &[]));
    let (authenticator_data, signature) = rest
        .split_at_checked(AUTHENTICATOR_DATA)
        .unwrap_or((rest, &[]));
    let assertion = client_data("webauthn.get");
    let response = AssertionResponse {
        client_data: assertion.as_bytes(),
        authenticator_data,
        signature,
    };
    let _ = party.verify_assertion(CHALLENGE, public_key, Verification::Required, &response);
});
