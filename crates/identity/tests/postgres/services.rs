//! What services stand on in tests: a database of their own, the real verifier, and the real signer behind a call in process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::identity::tokens::{Presented, Refusal, TrustSnapshot, Verdict};
use kit::AppBuilder;
use kit::app::Ports;
use kit::key_value::{KeyValue, KeyValueError};
use kit::outbound::{Outbound, OutboundError};
use kit::trust::TokenVerifier;
use spindle_identity::domain::PasswordHash;
use spindle_stage::Chained;

use crate::database::Database;

pub(crate) const ORIGIN: &str = "https://spindle.example";
const MASTER_KEYS: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A service on this database, with these variables besides the usual ones or in their place.
pub(crate) fn builder(
    name: &'static str,
    db: &Database,
    variables: &[(&str, &str)],
    outbound: Arc<dyn Outbound>,
) -> AppBuilder {
    PasswordHash::cheapen_for_tests();
    let usual = [
        ("public_url", ORIGIN),
        ("cursor_key", "a cursor key of a test"),
        ("otp_key", "a key for codes of a test"),
        ("identity_master_keys", MASTER_KEYS),
        ("hash_slots", "2"),
    ];
    let ports = Ports {
        db: db.pool(),
        verifier: Arc::new(Tokens::default()),
        outbound,
        key_value: Arc::new(Nothing),
        ..Ports::none(spindle_stage::variables(&usual, variables))
    };
    AppBuilder::new(name, ports)
}

/// The way to a signer of one's own.
pub(crate) fn signer(db: &Database, variables: &[(&str, &str)]) -> Arc<dyn Outbound> {
    let builder = builder("signer", db, variables, Arc::new(Nothing));
    let signer = signer::service(builder, signer::native_keyring);
    Arc::new(Chained::new("signer", signer))
}

#[derive(Default)]
struct Tokens(Mutex<tokens::Verifier>);

impl TokenVerifier for Tokens {
    fn trust(&self, snapshot: &TrustSnapshot) {
        self.0.lock().unwrap().trust(snapshot.clone());
    }

    fn verify(&self, presented: &Presented) -> Result<Verdict, Refusal> {
        self.0.lock().unwrap().verify(presented)
    }
}

/// For what these services must not use.
pub(crate) struct Nothing;

#[async_trait::async_trait]
impl KeyValue for Nothing {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Err(KeyValueError(key.to_owned()))
    }

    async fn set(&self, key: &str, _value: &[u8]) -> Result<(), KeyValueError> {
        Err(KeyValueError(key.to_owned()))
    }
}

#[async_trait::async_trait]
impl Outbound for Nothing {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _timeout: Duration,
    ) -> Result<http::Response<Vec<u8>>, OutboundError> {
        Err(OutboundError::Failed(request.uri().to_string()))
    }
}
