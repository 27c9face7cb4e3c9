//! What somebody types to let a device in (RFC 8628 section 6.1).

use std::fmt;

/// Letters that make no words and are not taken for others.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// Eight letters, shown in two groups: 34 bits, of which an account may guess ten times in ten minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserCode(String);

impl UserCode {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            let mut byte = [0];
            getrandom::fill(&mut byte)?;
            // 240 is the last multiple of 20: every letter is as likely as any other.
            let letter = byte
                .first()
                .filter(|byte| **byte < 240)
                .and_then(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
            code.extend(letter.map(|letter| char::from(*letter)));
        }
        Ok(Self(code))
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
        let random = UserCode::random().unwrap();
        assert_eq!(UserCode::parse(&random.to_string()), Some(random));
    }
}
