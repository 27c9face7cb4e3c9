//! The `tokens` component: `spindle:identity/tokens` over the crate of the same name. One verifier for the instance's life.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use contracts::identity::tokens as contract;
use tokens::Verifier;

use bindings::exports::spindle::identity::tokens::{
    Guest, Presented, Principal, PrincipalKind, Refusal, Revocation, RevocationKind, TrustSnapshot,
    Verdict,
};

mod bindings {
    #![expect(unsafe_code, reason = "component exports")]
    #![allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::allow_attributes_without_reason,
        reason = "generated code"
    )]

    wit_bindgen::generate!({
        inline: "
            package spindle:tokens-component@1.0.0;
            world provider {
                export spindle:identity/tokens@1.0.0;
            }
        ",
        path: ["../../wit/identity"],
        world: "spindle:tokens-component/provider",
    });
    export!(Tokens with_types_in self);

    use super::Tokens;
}

struct Tokens;

fn verifier() -> MutexGuard<'static, Verifier> {
    static VERIFIER: LazyLock<Mutex<Verifier>> = LazyLock::new(Mutex::default);
    VERIFIER.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Guest for Tokens {
    fn trust(snapshot: TrustSnapshot) {
        let TrustSnapshot {
            issuer,
            audience,
            keys,
            revocations,
        } = snapshot;
        verifier().trust(contract::TrustSnapshot {
            issuer,
            audience,
            keys: keys
                .into_iter()
                .map(|key| contract::VerificationKey {
                    kid: key.kid,
                    x: key.x,
                })
                .collect(),
            revocations: revocations.into_iter().map(revocation).collect(),
        });
    }

    fn verify(presented: Presented) -> Result<Verdict, Refusal> {
        let Presented {
            authorization,
            dpop,
            method,
            url,
            now,
        } = presented;
        match verifier().verify(&contract::Presented {
            authorization,
            dpop,
            method,
            url,
            now,
        }) {
            Ok(contract::Verdict::Principal(known)) => Ok(Verdict::Principal(principal(known))),
            Ok(contract::Verdict::Lookup(hash)) => Ok(Verdict::Lookup(hash)),
            Err(cause) => Err(refusal(cause)),
        }
    }
}

fn revocation(revocation: Revocation) -> contract::Revocation {
    let Revocation {
        kind,
        id,
        generation,
    } = revocation;
    let kind = match kind {
        RevocationKind::Session => contract::RevocationKind::Session,
        RevocationKind::Subject => contract::RevocationKind::Subject,
        RevocationKind::Token => contract::RevocationKind::Token,
    };
    contract::Revocation {
        kind,
        id,
        generation,
    }
}

fn principal(principal: contract::Principal) -> Principal {
    // Named one by one: a new field of the contract must not be forgotten.
    let contract::Principal {
        subject,
        kind,
        session,
        client,
        scopes,
        permissions,
        roles,
        auth_time,
        amr,
        jti,
        cnf,
        generation,
    } = principal;
    let kind = match kind {
        contract::PrincipalKind::User => PrincipalKind::User,
        contract::PrincipalKind::Client => PrincipalKind::Client,
        contract::PrincipalKind::ApiKey => PrincipalKind::ApiKey,
    };
    Principal {
        subject,
        kind,
        session,
        client,
        scopes,
        permissions,
        roles,
        auth_time,
        amr,
        jti,
        cnf,
        generation,
    }
}

fn refusal(refusal: contract::Refusal) -> Refusal {
    match refusal {
        contract::Refusal::Malformed => Refusal::Malformed,
        contract::Refusal::BadSignature => Refusal::BadSignature,
        contract::Refusal::Expired => Refusal::Expired,
        contract::Refusal::NotYetValid => Refusal::NotYetValid,
        contract::Refusal::WrongAudience => Refusal::WrongAudience,
        contract::Refusal::Revoked => Refusal::Revoked,
        contract::Refusal::BadProof => Refusal::BadProof,
    }
}
