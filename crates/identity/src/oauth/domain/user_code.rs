//! What somebody types to let a device in (RFC 8628 section 6.1).

use std::fmt;

/// Letters that make no words and are not taken for others.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// Eight letters, shown in two groups: 34 bits, of which an account may guess ten times in ten minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserCode(String);

impl UserCode {
    /// A code of random bytes; none if too few of them are of use.
    pub(crate) fn from_random(bytes: [u8; 24]) -> Option<Self> {
        let code: String = bytes
            .iter()
            // 240 is the last multiple of 20: every letter is as likely as any other.
            .filter(|byte| **byte < 240)
            .filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()))
            .take(LENGTH)
            .map(|letter| char::from(*letter))
            .collect();
        (code.len() == LENGTH).then_some(Self(code))
    }

    /// Reads what was typed: case, spaces and dashes don't count.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let code: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .take(LENGTH + 1)
            .collect();
        (code.len() == LENGTH && code.bytes().all(|b| LETTERS.contains(&b))).then_some(Self(code))
    }

    /// As it is stored: without the dash.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, other) = self.0.split_at_checked(LENGTH / 2).unwrap_or((&self.0, ""));
        write!(f, "{one}-{other}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = UserCode::parse("bcdf-ghjk").unwrap();
        assert_eq!(
            (code.as_str(), code.to_string().as_str()),
            ("BCDFGHJK", "BCDF-GHJK")
        );
        assert_eq!(UserCode::parse(" BCDF GHJK "), Some(code));
        for text in ["", "BCDF", "BCDFGHJKL", "ABCDFGHJ", "BCDFGHJ1", "ßCDFGHJK"] {
            assert_eq!(UserCode::parse(text), None, "{text}");
        }
        let random = UserCode::from_random(std::array::from_fn(|n| n as u8 * 10)).unwrap();
        assert_eq!(UserCode::parse(&random.to_string()), Some(random));
    }

    #[test]
    fn no_letter_is_likelier_than_another() {
        let mut bytes = [255; 24];
        bytes[..8].copy_from_slice(&[0, 19, 20, 39, 239, 1, 2, 3]);
        assert_eq!(
            UserCode::from_random(bytes).map(|code| code.0).as_deref(),
            Some("BZBZZCDF")
        );
        bytes[0] = 240;
        assert_eq!(
            UserCode::from_random(bytes),
            None,
            "the last, incomplete twenty"
        );
    }
}
