//! Callers who are believed.

use contracts::identity::tokens::{
    Presented, Principal, PrincipalKind, Refusal, TrustSnapshot, Verdict,
};
use kit::trust::TokenVerifier;

/// Believes `Bearer <account> <scope,…> <permission,…>`, whatever was revoked: a snapshot that is always too old. The session has
/// the account's id. How tokens are verified is tested where that is done.
pub struct WhoeverSays;

impl TokenVerifier for WhoeverSays {
    fn trust(&self, _: &TrustSnapshot) {}

    fn verify(&self, presented: &Presented) -> Result<Verdict, Refusal> {
        let mut words = presented.authorization.split(' ').skip(1);
        let subject = words.next().ok_or(Refusal::Malformed)?.to_owned();
        let mut list = || {
            words
                .next()
                .unwrap_or("")
                .split(',')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Ok(Verdict::Principal(Principal {
            session: Some(subject.clone()),
            subject,
            kind: PrincipalKind::User,
            client: "spindle".to_owned(),
            scopes: list(),
            permissions: list(),
            roles: Vec::new(),
            auth_time: None,
            amr: Vec::new(),
            jti: "token".to_owned(),
            cnf: None,
            generation: 0,
        }))
    }
}
