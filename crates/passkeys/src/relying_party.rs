//! The two ceremonies.

use sha2::{Digest, Sha256};

use crate::authenticator_data::AuthenticatorData;
use crate::cbor::Item;
use crate::cose_key::CoseKey;
use crate::{Refusal, client_data};

/// Whom passkeys are for: a domain, and the one page origin that may use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    origin: String,
}

/// Whether the authenticator must have verified the user, by a finger or a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Where the passkey is the only factor.
    Required,
    /// Where another factor was proved before.
    NotRequired,
}

/// What a registration brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPasskey {
    /// By which it is found again.
    pub credential_id: Vec<u8>,
    /// COSE key.
    pub public_key: Vec<u8>,
    /// 0 where the authenticator does not count.
    pub sign_count: u32,
    /// Whether there are copies of it, in a password manager's cloud for example.
    pub backed_up: bool,
}

/// The parts of an assertion.
#[derive(Clone, Copy, Debug)]
pub struct AssertionResponse<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// `signature`.
    pub signature: &'a [u8],
}

/// What an assertion proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Must be above the last one, unless both are 0; that is the keeper's to compare, in the statement that stores it.
    pub sign_count: u32,
    /// Whether there are copies by now.
    pub backed_up: bool,
}

impl RelyingParty {
    /// The relying party at an origin such as `https://spindle.example`; none where a passkey can't be: its domain can't be an address.
    #[must_use]
    pub fn at(origin: &str) -> Option<Self> {
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"))?;
        let id = host.split([':', '/']).next().filter(|id| !id.is_empty())?;
        let address = id.starts_with('[') || id.parse::<std::net::IpAddr>().is_ok();
        (!address && !host.contains('/')).then(|| Self {
            id: id.to_owned(),
            origin: origin.to_owned(),
        })
    }

    /// Its domain (`rp.id`).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Verifies a registration (section 7.1).
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn verify_registration(
        &self,
        challenge: &[u8],
        client_data: &[u8],
        attestation_object: &[u8],
    ) -> Result<NewPasskey, Refusal> {
        client_data::check(client_data, "webauthn.create", challenge, &self.origin)?;
        let (attestation, rest) = Item::read(attestation_object)?;
        if !rest.is_empty() {
            return Err(Refusal::Malformed);
        }
        let data = attestation
            .get(&Item::Text("authData"))
            .and_then(Item::bytes)
            .ok_or(Refusal::Malformed)?;
        let data = AuthenticatorData::read(data, &self.id)?;
        let credential = data.credential.as_ref().ok_or(Refusal::Malformed)?;
        Ok(NewPasskey {
            credential_id: credential.id.to_vec(),
            public_key: credential.public_key.to_vec(),
            sign_count: data.sign_count,
            backed_up: data.backed_up(),
        })
    }

    /// Verifies an assertion by the key that its credential was registered with (section 7.2).
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn verify_assertion(
        &self,
        challenge: &[u8],
        public_key: &[u8],
        verification: Verification,
        response: &AssertionResponse<'_>,
    ) -> Result<Assertion, Refusal> {
        client_data::check(
            response.client_data,
            "webauthn.get",
            challenge,
            &self.origin,
        )?;
        let data = AuthenticatorData::read(response.authenticator_data, &self.id)?;
        if verification == Verification::Required && !data.user_verified() {
            return Err(Refusal::NotVerified);
        }
        let (key, rest) = CoseKey::read(public_key)?;
        if !rest.is_empty() {
            return Err(Refusal::Malformed);
        }
        let mut signed = response.authenticator_data.to_vec();
        signed.extend(Sha256::digest(response.client_data));
        key.verify(&signed, response.signature)?;
        Ok(Assertion {
            sign_count: data.sign_count,
            backed_up: data.backed_up(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relying_party_is_a_domain() {
        for (origin, id) in [
            ("https://spindle.example", Some("spindle.example")),
            ("https://spindle.example:8443", Some("spindle.example")),
            ("http://localhost:3000", Some("localhost")),
            ("https://127.0.0.1:3000", None),
            ("https://[::1]", None),
            ("https://spindle.example/path", None),
            ("spindle.example", None),
            ("https://", None),
        ] {
            assert_eq!(
                RelyingParty::at(origin).as_ref().map(RelyingParty::id),
                id,
                "{origin}"
            );
        }
    }

    /// A seed that is refused leads the fuzzer nowhere.
    #[test]
    fn the_seeds_of_infra_fuzz_are_a_passkey_and_its_assertion() {
        let party = RelyingParty::at("https://spindle.example").unwrap();
        let client_data = |ceremony: &str| {
            format!(
                r#"{{"type":"{ceremony}","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://spindle.example"}}"#
            )
        };
        let (registration, assertion) =
            (client_data("webauthn.create"), client_data("webauthn.get"));
        let seed = include_bytes!("../../../infra/fuzz/seeds/passkeys/registration");
        let passkey = party
            .verify_registration(b"0123456789abcdef", registration.as_bytes(), seed)
            .unwrap();
        let seed = include_bytes!("../../../infra/fuzz/seeds/passkeys/assertion");
        let (public_key, rest) = seed.split_at(77);
        assert_eq!(passkey.public_key, public_key);
        let (authenticator_data, signature) = rest.split_at(37);
        let response = AssertionResponse {
            client_data: assertion.as_bytes(),
            authenticator_data,
            signature,
        };
        party
            .verify_assertion(
                b"0123456789abcdef",
                public_key,
                Verification::Required,
                &response,
            )
            .unwrap();
    }
}
