//! Whether an event is Spindle's, and its topic. Standard Webhooks 1.0: the signature is over id, time and body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use sha2::Sha256;

/// A call may be so old or so far ahead, seconds: what somebody recorded cannot be sent again later.
const TOLERANCE: u64 = 300;

/// Why an event was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotSigned,
    TooOld,
    NotAnEvent,
}

impl Refusal {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotSigned | Self::TooOld => StatusCode::UNAUTHORIZED,
            Self::NotAnEvent => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::NotSigned => "the signature is not Spindle's; compare events_secret",
            Self::TooOld => "the signature is too old; compare the clocks",
            Self::NotAnEvent => "this is no CloudEvent of Spindle's",
        })
    }
}

/// The topic of a signed event: that of the source `/spindle/trading` is `trading.events`.
pub(crate) fn open(
    headers: &HeaderMap,
    body: &[u8],
    secret: &str,
    now: u64,
) -> Result<String, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let id = text("webhook-id").ok_or(Refusal::NotSigned)?;
    let at = text("webhook-timestamp").ok_or(Refusal::NotSigned)?;
    let signatures = text("webhook-signature").ok_or(Refusal::NotSigned)?;
    let key = secret
        .strip_prefix("whsec_")
        .and_then(|text| STANDARD.decode(text).ok())
        .unwrap_or_else(|| secret.as_bytes().to_vec());
    // Several while a secret is replaced; one must fit. The comparison takes the same time wherever it differs.
    let fits = signatures.split(' ').any(|signature| {
        let claimed = signature
            .strip_prefix("v1,")
            .and_then(|text| STANDARD.decode(text).ok());
        match (claimed, Hmac::<Sha256>::new_from_slice(&key)) {
            (Some(claimed), Ok(mut mac)) => {
                mac.update(format!("{id}.{at}.").as_bytes());
                mac.update(body);
                mac.verify_slice(&claimed).is_ok()
            }
            _ => false,
        }
    });
    if !fits {
        return Err(Refusal::NotSigned);
    }
    let at: u64 = at.parse().map_err(|_| Refusal::NotSigned)?;
    if now.abs_diff(at) > TOLERANCE {
        return Err(Refusal::TooOld);
    }
    let event: Value = serde_json::from_slice(body).map_err(|_| Refusal::NotAnEvent)?;
    event
        .get("source")
        .and_then(Value::as_str)
        .and_then(|source| source.strip_prefix("/spindle/"))
        .filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()))
        .map(|name| format!("{name}.events"))
        .ok_or(Refusal::NotAnEvent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_c2VjcmV0";
    const BODY: &[u8] = br#"{"specversion":"1.0","source":"/spindle/trading","data":{}}"#;

    fn signed(at: &str, body: &[u8]) -> HeaderMap {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(format!("e-1.{at}.").as_bytes());
        mac.update(body);
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "e-1".parse().unwrap());
        headers.insert("webhook-timestamp", at.parse().unwrap());
        let signature = format!(
            "v1,AAAA v1,{}",
            STANDARD.encode(mac.finalize().into_bytes())
        );
        headers.insert("webhook-signature", signature.parse().unwrap());
        headers
    }

    #[test]
    fn only_what_spindle_signed_just_now_is_published() {
        let cases = [
            (
                signed("1000", BODY),
                BODY,
                SECRET,
                1_100,
                Ok("trading.events".to_owned()),
                "fresh",
            ),
            (
                signed("1000", BODY),
                BODY,
                SECRET,
                1_301,
                Err(Refusal::TooOld),
                "recorded",
            ),
            (
                signed("1000", BODY),
                BODY,
                "other",
                1_100,
                Err(Refusal::NotSigned),
                "another secret",
            ),
            (
                signed("1000", b"{}"),
                BODY,
                SECRET,
                1_100,
                Err(Refusal::NotSigned),
                "another body",
            ),
            (
                HeaderMap::new(),
                BODY,
                SECRET,
                1_100,
                Err(Refusal::NotSigned),
                "no signature",
            ),
            (
                signed("1000", b"{}"),
                b"{}",
                SECRET,
                1_100,
                Err(Refusal::NotAnEvent),
                "no event",
            ),
        ];
        for (headers, body, secret, now, expected, rule) in cases {
            assert_eq!(open(&headers, body, secret, now), expected, "{rule}");
        }
    }
}
