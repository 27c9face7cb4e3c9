//! E-mail addresses, normalised: one mailbox is one text.

use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

/// Longest address, bytes (RFC 5321 section 4.5.3.1, less the angle brackets).
const LIMIT: usize = 254;
/// Longest local part, bytes.
const LOCAL_LIMIT: usize = 64;

/// An address in the form that accounts are told apart by: compatibility-normalised, lower case, domain in ASCII (RFC 5890).
///
/// Standards let a local part differ by case alone; no mail provider of any size does, and whoever could register
/// `Ada@` beside `ada@` could pose as her.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// No `@`, or nothing on one side of it.
    #[error("must look like name@example.com")]
    Shape,
    /// Longer than mail can carry.
    #[error("must have at most 254 characters, 64 before the @")]
    TooLong,
    /// The part before the `@` has characters that need quoting, or misplaced dots.
    #[error("has characters before the @ that an address can't have")]
    Local,
    /// The part after the `@` is no domain name.
    #[error("has no valid domain after the @")]
    Domain,
}

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.len() > 4 * LIMIT {
            return Err(EmailError::TooLong);
        }
        let text: String = text.nfkc().collect();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Shape)?;
        if local.is_empty() || domain.is_empty() {
            return Err(EmailError::Shape);
        }
        let local = local.to_lowercase();
        let domain = ascii_domain(domain)?;
        if !is_local(&local) {
            return Err(EmailError::Local);
        }
        if local.len() > LOCAL_LIMIT || local.len() + 1 + domain.len() > LIMIT {
            return Err(EmailError::TooLong);
        }
        Ok(Self(format!("{local}@{domain}")))
    }
}

/// Dot-atom of RFC 5322, with letters and digits of all scripts (RFC 6531).
fn is_local(local: &str) -> bool {
    let is_atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_mark(c);
    local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn ascii_domain(domain: &str) -> Result<String, EmailError> {
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| EmailError::Domain)?;
    let (_, top) = domain.rsplit_once('.').ok_or(EmailError::Domain)?;
    // A top-level domain of digits would be an address of IP.
    if top.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EmailError::Domain);
    }
    Ok(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_one_text() {
        for (text, normal) in [
            ("ada@example.com", "ada@example.com"),
            ("Ada@EXAMPLE.com", "ada@example.com"),
            ("  ada@example.com\n", "ada@example.com"),
            ("ａｄａ@example.com", "ada@example.com"),
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
            ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("ada@example。com", "ada@example.com"),
            ("ada+news@example.com", "ada+news@example.com"),
            ("o'hara@example.com", "o'hara@example.com"),
            ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
        ] {
            assert_eq!(
                text.parse::<Email>().map(|email| email.0),
                Ok(normal.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_mail_cannot_reach_is_no_address() {
        let long = |n: usize| "a".repeat(n);
        for (text, error) in [
            (String::new(), EmailError::Shape),
            ("ada".into(), EmailError::Shape),
            ("@example.com".into(), EmailError::Shape),
            ("ada@".into(), EmailError::Shape),
            ("a b@example.com".into(), EmailError::Local),
            ("ada@home@example.com".into(), EmailError::Local),
            (".ada@example.com".into(), EmailError::Local),
            ("ada..l@example.com".into(), EmailError::Local),
            ("\"ada\"@example.com".into(), EmailError::Local),
            ("ada\r\nbcc:x@example.com".into(), EmailError::Local),
            ("a\u{200b}da@example.com".into(), EmailError::Local),
            ("ada@localhost".into(), EmailError::Domain),
            ("ada@127.0.0.1".into(), EmailError::Domain),
            ("ada@[127.0.0.1]".into(), EmailError::Domain),
            ("ada@-x.example".into(), EmailError::Domain),
            ("ada@exa mple.com".into(), EmailError::Domain),
            ("ada@example..com".into(), EmailError::Domain),
            ("ada@example.com.".into(), EmailError::Domain),
            (format!("{}@example.com", long(65)), EmailError::TooLong),
            (long(5_000), EmailError::TooLong),
        ] {
            assert_eq!(text.parse::<Email>(), Err(error), "{text:?}");
        }
    }
}
