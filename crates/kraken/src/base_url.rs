//! Where the exchange is. Secrets and signatures leave for there, so it is encrypted or this machine.

use std::net::IpAddr;

use http::Uri;

/// An origin without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why an address is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// Not `scheme://host[:port]`.
    #[error(
        "kraken_api_base_url must be an origin such as https://api.kraken.com, without path, query or user"
    )]
    NotAnOrigin,
    /// Plain text over a network.
    #[error("kraken_api_base_url must begin with https:// unless its host is this machine")]
    NotEncrypted,
}

impl BaseUrl {
    /// Takes `https://host[:port]`, or `http://` for a loopback host.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let uri: Uri = text.parse().map_err(|_| BaseUrlError::NotAnOrigin)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(BaseUrlError::NotAnOrigin);
        };
        let path = uri
            .path_and_query()
            .map_or("", http::uri::PathAndQuery::as_str);
        if !matches!(path, "" | "/")
            || authority.as_str().contains('@')
            || authority.host().is_empty()
            || text.contains('#')
        {
            return Err(BaseUrlError::NotAnOrigin);
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(authority.host()) => {}
            "http" => return Err(BaseUrlError::NotEncrypted),
            _ => return Err(BaseUrlError::NotAnOrigin),
        }
        Ok(Self(format!("{scheme}://{authority}")))
    }

    /// The address of a path below it.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_origins_and_this_machine_are_taken() {
        let cases = [
            ("https://api.kraken.com", None),
            ("https://api.kraken.com/", None),
            ("https://api.kraken.com:8443", None),
            ("http://127.0.0.1:21000", None),
            ("http://127.8.8.8:21000", None),
            ("http://[::1]:21000", None),
            ("http://localhost:21000", None),
            ("http://api.kraken.com", Some(BaseUrlError::NotEncrypted)),
            ("http://10.0.0.1:80", Some(BaseUrlError::NotEncrypted)),
            (
                "http://localhost.example.com",
                Some(BaseUrlError::NotEncrypted),
            ),
            (
                "http://127.0.0.1.example.com",
                Some(BaseUrlError::NotEncrypted),
            ),
            (
                "https://user@api.kraken.com",
                Some(BaseUrlError::NotAnOrigin),
            ),
            (
                "https://127.0.0.1:1@example.com",
                Some(BaseUrlError::NotAnOrigin),
            ),
            ("https://api.kraken.com/0", Some(BaseUrlError::NotAnOrigin)),
            (
                "https://api.kraken.com?x=1",
                Some(BaseUrlError::NotAnOrigin),
            ),
            ("https://api.kraken.com#x", Some(BaseUrlError::NotAnOrigin)),
            ("ftp://api.kraken.com", Some(BaseUrlError::NotAnOrigin)),
            ("api.kraken.com", Some(BaseUrlError::NotAnOrigin)),
            ("", Some(BaseUrlError::NotAnOrigin)),
        ];
        for (text, error) in cases {
            assert_eq!(BaseUrl::parse(text).err(), error, "{text}");
        }
    }

    #[test]
    fn paths_follow_the_origin() {
        let base = BaseUrl::parse("https://api.kraken.com/").unwrap();
        assert_eq!(
            base.join("/0/public/Time"),
            "https://api.kraken.com/0/public/Time"
        );
    }
}
