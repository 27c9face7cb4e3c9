//! The answer of `GetApiKeyInfo`: everything in it may be absent, and numbers come as strings.

use serde::Deserialize;

use crate::amount::integer;
use crate::credentials::AccountNumber;

/// What the exchange says about a key.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyInfo {
    /// The owner's name of the key.
    #[serde(default)]
    pub api_key_name: Option<String>,
    /// The key itself.
    #[serde(default)]
    pub(crate) api_key: Option<String>,
    /// The highest nonce that the exchange has seen.
    #[serde(default, deserialize_with = "integer")]
    pub nonce: Option<u64>,
    /// How far below that one may be.
    #[serde(default, deserialize_with = "integer")]
    pub nonce_window: Option<u64>,
    /// Absent means that nothing is known; empty, that nothing is permitted.
    #[serde(default)]
    pub permissions: Option<Vec<String>>,
    #[serde(default)]
    iban: Option<String>,
    /// When the key stops working, seconds since the Unix epoch; 0 is never.
    #[serde(default, deserialize_with = "integer")]
    valid_until: Option<i64>,
    /// When its settings were last changed, seconds since the Unix epoch.
    #[serde(default, deserialize_with = "integer")]
    pub modified_time: Option<i64>,
    /// Addresses from which it works; empty is all.
    #[serde(default)]
    ip_allowlist: Option<Vec<String>>,
}

impl ApiKeyInfo {
    /// The account that the key belongs to.
    #[must_use]
    pub fn account(&self) -> Option<AccountNumber> {
        self.iban
            .clone()
            .filter(|number| !number.trim().is_empty())
            .map(AccountNumber::new)
    }

    /// When the key stops working, seconds since the Unix epoch, if it does.
    #[must_use]
    pub fn expires_at(&self) -> Option<i64> {
        self.valid_until.filter(|time| *time > 0)
    }

    /// Addresses from which the key works; none means all.
    #[must_use]
    pub fn ip_allowlist(&self) -> &[String] {
        self.ip_allowlist.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn krakens_own_example_is_read() {
        let info: ApiKeyInfo = serde_json::from_str(
            r#"{"apiKeyName":"my-api-key","apiKey":"4/SD","nonce":"1772627060997","nonceWindow":0,
            "permissions":["query-funds","withdraw-funds","query-open-trades","modify-trades"],"iban":"AA88 N84G WOAK NMOI",
            "validUntil":"0","queryFrom":"0","queryTo":"0","createdTime":"1772542900","modifiedTime":"1772543095",
            "ipAllowlist":[],"lastUsed":"1772627061"}"#,
        )
        .unwrap();
        assert_eq!(info.nonce, Some(1_772_627_060_997));
        assert_eq!(info.permissions.as_ref().unwrap().len(), 4);
        assert_eq!(
            (info.expires_at(), info.modified_time),
            (None, Some(1_772_543_095))
        );
        assert!(info.account().is_some() && info.ip_allowlist().is_empty());
    }

    #[test]
    fn everything_may_be_absent_or_a_number() {
        let info: ApiKeyInfo = serde_json::from_str("{}").unwrap();
        assert!(info.permissions.is_none() && info.account().is_none());
        let info: ApiKeyInfo =
            serde_json::from_str(r#"{"validUntil":1700000000,"nonce":7,"nonceWindow":"9","iban":null,"ipAllowlist":null}"#).unwrap();
        assert_eq!(
            (info.expires_at(), info.nonce, info.nonce_window),
            (Some(1_700_000_000), Some(7), Some(9))
        );
    }

    #[test]
    fn permissions_of_another_shape_are_not_read_as_none() {
        for json in [
            r#"{"permissions":"query-funds"}"#,
            r#"{"permissions":[1]}"#,
            r#"{"permissions":{}}"#,
        ] {
            assert!(serde_json::from_str::<ApiKeyInfo>(json).is_err(), "{json}");
        }
    }
}
