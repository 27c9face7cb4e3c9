//! The decision about a credential.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::identity::tokens::{Presented, Refusal, TrustSnapshot, Verdict};
use ed25519_dalek::VerifyingKey;

use crate::access_token::{Claims, Header};
use crate::compact::Compact;
use crate::credential::Credential;
use crate::{jwk, proof};

/// How many tokens are remembered, twice: half a megabyte.
const REMEMBERED: usize = 256;

/// Decides about credentials by a trust snapshot. Before the first one no signature is trusted.
#[derive(Default)]
pub struct Verifier {
    trust: Option<TrustSnapshot>,
    keys: HashMap<String, VerifyingKey>,
    verified: Remembered,
}

impl Verifier {
    /// Replaces the snapshot. What was verified under other keys is forgotten.
    pub fn trust(&mut self, snapshot: TrustSnapshot) {
        if self
            .trust
            .as_ref()
            .is_none_or(|known| known.keys != snapshot.keys)
        {
            self.keys = snapshot
                .keys
                .iter()
                .filter_map(|key| Some((key.kid.clone(), jwk::ed25519(&key.x)?)))
                .collect();
            self.verified = Remembered::default();
        }
        self.trust = Some(snapshot);
    }

    /// Decides about one credential.
    ///
    /// # Errors
    /// The reason to refuse it; callers answer 401 to all of them.
    pub fn verify(&mut self, presented: &Presented) -> Result<Verdict, Refusal> {
        let (token, with_proof) =
            match Credential::parse(&presented.authorization).ok_or(Refusal::Malformed)? {
                Credential::ApiKey(hash) => return Ok(Verdict::Lookup(hash)),
                Credential::Bearer(token) => (token, false),
                Credential::Dpop(token) => (token, true),
            };
        let claims = match self.verified.find(token) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.verify_signature(token)?);
                self.verified.insert(token, Arc::clone(&claims));
                claims
            }
        };
        let trust = self.trust.as_ref().ok_or(Refusal::BadSignature)?;
        claims.check(trust, presented.now)?;
        match (claims.binding()?, with_proof) {
            (None, false) => {}
            (Some(thumbprint), true) if proof::proves(presented, token, thumbprint) => {}
            // A bound token sent as a bearer token is as good as stolen; a proof for one that is not bound proves nothing.
            _ => return Err(Refusal::BadProof),
        }
        Ok(Verdict::Principal(claims.principal()))
    }

    /// What the token claims, once its signature is known to be good. The algorithm is ours to say, not the token's.
    fn verify_signature(&self, token: &str) -> Result<Claims, Refusal> {
        let compact = Compact::parse(token).ok_or(Refusal::Malformed)?;
        let header: Header = compact.header().ok_or(Refusal::Malformed)?;
        if header.alg != "EdDSA" || header.crit.is_some() {
            return Err(Refusal::BadSignature);
        }
        let key = header
            .kid
            .as_ref()
            .and_then(|kid| self.keys.get(kid))
            .ok_or(Refusal::BadSignature)?;
        if !jwk::ed25519_verifies(key, compact.signed(), compact.signature()) {
            return Err(Refusal::BadSignature);
        }
        // The same key may sign other things one day.
        if !header.is_access_token() {
            return Err(Refusal::WrongAudience);
        }
        compact.payload().ok_or(Refusal::Malformed)
    }
}

/// Tokens with a good signature, in two generations: the older is dropped when the younger is full.
#[derive(Default)]
struct Remembered {
    younger: HashMap<Box<str>, Arc<Claims>>,
    older: HashMap<Box<str>, Arc<Claims>>,
}

impl Remembered {
    fn find(&mut self, token: &str) -> Option<Arc<Claims>> {
        if let Some(claims) = self.younger.get(token) {
            return Some(Arc::clone(claims));
        }
        let claims = Arc::clone(self.older.get(token)?);
        self.insert(token, Arc::clone(&claims));
        Some(claims)
    }

    fn insert(&mut self, token: &str, claims: Arc<Claims>) {
        if self.younger.len() >= REMEMBERED {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(token.into(), claims);
    }
}
