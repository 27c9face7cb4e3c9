//! Secrets that mean nothing by themselves: 256 random bits, stored as their SHA-256. They never print.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Letters of 256 bits in base64url.
const LETTERS: usize = 43;

/// What a secret is for. Its first letters say so, so that scanners find leaked ones and nothing is taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Authorization code.
    Code,
    /// Client secret.
    ClientSecret,
    /// Registration access token (RFC 7592).
    Registration,
    /// Cookie of a browser that is signed in.
    Session,
    /// Cookie that tells browsers apart.
    Browser,
    /// Kept authorization request.
    Request,
    /// Device code.
    Device,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "spc_",
            Self::ClientSecret => "sps_",
            Self::Registration => "spt_",
            Self::Session => "spb_",
            Self::Browser => "spw_",
            Self::Request => "spq_",
            Self::Device => "spd_",
        }
    }
}

/// A secret of one kind. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Opaque(String);

/// What is stored of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hash([u8; 32]);

impl Opaque {
    /// A new secret.
    pub(crate) fn random(kind: Kind) -> Result<Self, getrandom::Error> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits)?;
        Ok(Self(format!(
            "{}{}",
            kind.prefix(),
            URL_SAFE_NO_PAD.encode(bits)
        )))
    }

    /// Reads what was presented; none if it cannot be one of this kind.
    pub(crate) fn parse(kind: Kind, text: &str) -> Option<Self> {
        let letters = text.strip_prefix(kind.prefix())?;
        let ours = letters.len() == LETTERS && URL_SAFE_NO_PAD.decode(letters).is_ok();
        ours.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> Hash {
        Hash::of(&[&self.0])
    }
}

impl Hash {
    /// Of several texts; where one ends is part of what is hashed.
    pub(crate) fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        let mut more = false;
        for part in parts {
            if more {
                hash.update([0]);
            }
            hash.update(part);
            more = true;
        }
        Self(hash.finalize().into())
    }

    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// In lower-case hex, as SQL functions answer it.
    pub(crate) fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_is_never_read_as_another() {
        let code = Opaque::random(Kind::Code).unwrap();
        assert!(Opaque::parse(Kind::Code, code.as_str()).is_some_and(|read| read == code));
        assert!(Opaque::parse(Kind::Device, code.as_str()).is_none());
        assert!(Opaque::parse(Kind::Code, &format!("{}A", code.as_str())).is_none());
        assert!(Opaque::parse(Kind::Code, "spc_").is_none());
    }

    #[test]
    fn hashes_of_parts_tell_where_one_ends() {
        assert_ne!(Hash::of(&["ab", "c"]), Hash::of(&["a", "bc"]));
        assert_eq!(Hash::of(&["abc"]).hex().len(), 64);
    }
}
