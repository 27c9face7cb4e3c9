//! The crate behind the component `tokens`.

use std::sync::{Mutex, PoisonError};

use contracts::identity::tokens::{Presented, Refusal, TrustSnapshot, Verdict};
use kit::trust::TokenVerifier;

#[derive(Default)]
pub(crate) struct Tokens(Mutex<tokens::Verifier>);

impl TokenVerifier for Tokens {
    fn trust(&self, snapshot: &TrustSnapshot) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .trust(snapshot.clone());
    }

    fn verify(&self, presented: &Presented) -> Result<Verdict, Refusal> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .verify(presented)
    }
}
