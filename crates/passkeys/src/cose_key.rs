//! Public keys as authenticators give them (RFC 9053): P-256 with ES256, Ed25519 with EdDSA.

use ed25519_dalek::VerifyingKey;
use p256::ecdsa::signature::Verifier;

use crate::Refusal;
use crate::cbor::Item;

const KTY: Item<'static> = Item::Int(1);
const ALG: Item<'static> = Item::Int(3);
const CRV: Item<'static> = Item::Int(-1);
const X: Item<'static> = Item::Int(-2);
const Y: Item<'static> = Item::Int(-3);

pub(crate) enum CoseKey {
    Es256(p256::ecdsa::VerifyingKey),
    EdDsa(VerifyingKey),
}

impl CoseKey {
    /// Reads a key; what follows it is the second answer.
    pub(crate) fn read(input: &[u8]) -> Result<(Self, &[u8]), Refusal> {
        let (map, rest) = Item::read(input)?;
        let coordinate = |name: &Item<'_>| {
            map.get(name)
                .and_then(Item::bytes)
                .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
                .ok_or(Refusal::WrongKey)
        };
        let key = match (map.get(&KTY), map.get(&ALG), map.get(&CRV)) {
            (Some(Item::Int(2)), Some(Item::Int(-7)), Some(Item::Int(1))) => {
                let point = p256::EncodedPoint::from_affine_coordinates(
                    &coordinate(&X)?.into(),
                    &coordinate(&Y)?.into(),
                    false,
                );
                // Fails for a point that is not on the curve.
                p256::ecdsa::VerifyingKey::from_encoded_point(&point)
                    .map(Self::Es256)
                    .map_err(|_| Refusal::WrongKey)?
            }
            (Some(Item::Int(1)), Some(Item::Int(-8)), Some(Item::Int(6))) => {
                VerifyingKey::from_bytes(&coordinate(&X)?)
                    .map(Self::EdDsa)
                    .map_err(|_| Refusal::WrongKey)?
            }
            _ => return Err(Refusal::WrongKey),
        };
        Ok((key, rest))
    }

    pub(crate) fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        let good = match self {
            Self::Es256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify(signed, &signature).is_ok()),
            Self::EdDsa(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(signed, &signature).is_ok()),
        };
        if good {
            Ok(())
        } else {
            Err(Refusal::BadSignature)
        }
    }
}
