//! What the authenticator says about itself (section 6.1).

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Refusal;
use crate::cbor::Item;
use crate::cose_key::CoseKey;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;
/// Section 7.1, step 25.
const LONGEST_ID: usize = 1023;

pub(crate) struct AuthenticatorData<'a> {
    flags: u8,
    pub(crate) sign_count: u32,
    pub(crate) credential: Option<Credential<'a>>,
}

pub(crate) struct Credential<'a> {
    pub(crate) id: &'a [u8],
    /// COSE.
    pub(crate) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(crate) fn read(input: &'a [u8], relying_party: &str) -> Result<Self, Refusal> {
        let (party, rest) = input.split_first_chunk::<32>().ok_or(Refusal::Malformed)?;
        let (flags, rest) = rest.split_first().ok_or(Refusal::Malformed)?;
        let (count, mut rest) = rest.split_first_chunk::<4>().ok_or(Refusal::Malformed)?;
        let expected = Sha256::digest(relying_party);
        if !bool::from(party.as_slice().ct_eq(expected.as_slice())) {
            return Err(Refusal::WrongRelyingParty);
        }
        if flags & USER_PRESENT == 0 {
            return Err(Refusal::NotPresent);
        }
        if flags & BACKED_UP != 0 && flags & BACKUP_ELIGIBLE == 0 {
            return Err(Refusal::Malformed);
        }
        let mut credential = None;
        if flags & HAS_CREDENTIAL != 0 {
            let (found, after) = Credential::read(rest)?;
            credential = Some(found);
            rest = after;
        }
        if flags & HAS_EXTENSIONS != 0 {
            (_, rest) = Item::read(rest)?;
        }
        if !rest.is_empty() {
            return Err(Refusal::Malformed);
        }
        Ok(Self {
            flags: *flags,
            sign_count: u32::from_be_bytes(*count),
            credential,
        })
    }

    pub(crate) fn user_verified(&self) -> bool {
        self.flags & USER_VERIFIED != 0
    }

    pub(crate) fn backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

impl<'a> Credential<'a> {
    fn read(input: &'a [u8]) -> Result<(Self, &'a [u8]), Refusal> {
        let (_aaguid, rest) = input.split_first_chunk::<16>().ok_or(Refusal::Malformed)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(Refusal::Malformed)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 || length > LONGEST_ID {
            return Err(Refusal::Malformed);
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(Refusal::Malformed)?;
        let (_, after) = CoseKey::read(rest)?;
        let (public_key, after) = rest
            .split_at_checked(rest.len() - after.len())
            .ok_or(Refusal::Malformed)?;
        Ok((Self { id, public_key }, after))
    }
}
