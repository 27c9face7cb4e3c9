//! Headers that claim to prove who asks. The first line is `Authorization`, the rest `DPoP`.
#![no_main]

use contracts::identity::tokens::{Presented, Verdict};
use libfuzzer_sys::fuzz_target;
use tokens::{Proof, ProvenRequest, Verifier};

const URL: &str = "https://spindle.example/api/v1/profile/me";
const NOW: i64 = 1_790_000_000;

fuzz_target!(|data: &str| {
    let (authorization, proof) = data.split_once('\n').unwrap_or((data, ""));
    let presented = Presented {
        authorization: authorization.to_owned(),
        dpop: (!proof.is_empty()).then(|| proof.to_owned()),
        method: "GET".to_owned(),
        url: URL.to_owned(),
        now: NOW,
    };
    // Before the first snapshot no signature is trusted; an API key is for the database to know.
    if let Ok(Verdict::Principal(_)) = Verifier::default().verify(&presented) {
        panic!("somebody was let in without a key");
    }
    let request = ProvenRequest {
        method: "GET",
        url: URL,
        token: None,
        now: NOW,
    };
    let _ = Proof::verify(proof, &request);
});
