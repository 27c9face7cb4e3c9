//! The `tokens` component, linked in as a dependency.

use contracts::identity::tokens::{self, Presented, Refusal, TrustSnapshot, Verdict};

use crate::trust::TokenVerifier;

pub(super) struct TokensComponent;

impl TokenVerifier for TokensComponent {
    fn trust(&self, snapshot: &TrustSnapshot) {
        tokens::trust(snapshot);
    }

    fn verify(&self, presented: &Presented) -> Result<Verdict, Refusal> {
        tokens::verify(presented)
    }
}
