//! To whom a mail goes: one address, whatever a provider would make of the text.

/// An address to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient(String);

/// Not one plain address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recipient is not one plain e-mail address")]
pub struct NotAnAddress;

impl Recipient {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for Recipient {
    type Error = NotAnAddress;

    /// Accounts' addresses are stricter already. This is the last look before a provider that takes `a@x.example, b@y.example`
    /// as two recipients and `Name <a@x.example>` as one.
    fn try_from(text: &str) -> Result<Self, NotAnAddress> {
        let special = |letter: char| {
            letter.is_whitespace() || letter.is_control() || ",;:<>()[]\"\\".contains(letter)
        };
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnAddress)?;
        let fits = text.len() <= 254
            && !local.is_empty()
            && !domain.is_empty()
            && !local.contains('@')
            && !text.chars().any(special);
        fits.then(|| Self(text.to_owned())).ok_or(NotAnAddress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plain_address_and_no_other_form() {
        for good in [
            "a@b.example",
            "a+b.c'd@xn--bcher-kva.example",
            "ü@b.example",
        ] {
            assert_eq!(Recipient::try_from(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "a",
            "@b.example",
            "a@",
            "a@b.example,c@d.example",
            "a@b.example; c@d.example",
            "A <a@b.example>",
            "a@b.example\r\nBcc: c@d.example",
            "a b@c.example",
            "\"a,b\"@c.example",
            "a@b@c.example",
        ] {
            assert_eq!(Recipient::try_from(bad), Err(NotAnAddress), "{bad:?}");
        }
        assert!(Recipient::try_from(format!("a@{}.example", "b".repeat(250)).as_str()).is_err());
    }
}
