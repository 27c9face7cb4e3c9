//! What the operator sets: Spin variables, read once in an instance's life.

use std::collections::HashMap;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use crate::Problem;
use crate::limit::Limits;

/// Where variables come from: `spin:variables`, or a table in native tests.
#[async_trait]
pub trait Variables: Send + Sync {
    /// The value, or none where the component has no such variable.
    async fn get(&self, name: &str) -> Option<String>;
}

/// Variables of tests and native servers.
#[async_trait]
impl Variables for HashMap<String, String> {
    async fn get(&self, name: &str) -> Option<String> {
        HashMap::get(self, name).cloned()
    }
}

/// How much may be taken for granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// On somebody's own machine: development secrets are accepted, `/dev/mail` is served.
    Development,
    /// Everything else, and the default.
    #[default]
    Production,
}

/// Variables that every component reads if it has them.
const COMMON: &[&str] = &[
    "public_url",
    "environment",
    "cors_origins",
    "trusted_proxies",
    "limits",
];

/// A component's configuration.
#[derive(Default)]
pub struct Config {
    /// Origin of the public address, without a trailing slash.
    pub public_url: String,
    /// Development or production.
    pub environment: Environment,
    /// Origins that browsers may call from; empty for none.
    pub cors_origins: Vec<String>,
    /// Proxies of ours in front, for `x-forwarded-for`.
    pub trusted_proxies: usize,
    /// What is allowed; everything in a component without the variable.
    pub limits: Limits,
    variables: HashMap<&'static str, String>,
    secrets: HashMap<&'static str, SecretString>,
}

impl Config {
    /// Reads the common variables and those named. Every secret must be there and, in production, not begin with `dev-`.
    ///
    /// # Errors
    /// 503 naming the variable that is missing or not usable.
    pub async fn load(
        source: &dyn Variables,
        variables: &[&'static str],
        secrets: &[&'static str],
    ) -> Result<Self, Problem> {
        let mut config = Self::default();
        for name in COMMON.iter().chain(variables) {
            if let Some(value) = source.get(name).await {
                config.variables.insert(name, value);
            }
        }
        let text = |name: &str| config.variables.get(name).map_or("", |value| value.trim());
        let environment = match text("environment") {
            "development" => Environment::Development,
            "" | "production" => Environment::Production,
            _ => {
                return Err(Problem::misconfigured(
                    "environment",
                    "must be `development` or `production`",
                ));
            }
        };
        let public_url = text("public_url").trim_end_matches('/').to_owned();
        let secure = public_url.is_empty() || public_url.starts_with("https://");
        let local = public_url == "http://localhost" || public_url.starts_with("http://localhost:");
        if !secure && !local {
            return Err(Problem::misconfigured(
                "public_url",
                "must be https, or http://localhost in development",
            ));
        }
        let cors_origins: Vec<String> = text("cors_origins")
            .split(',')
            .map(|origin| origin.trim().trim_end_matches('/').to_owned())
            .filter(|origin| !origin.is_empty())
            .collect();
        // The layer that is given the list panics at an asterisk.
        if cors_origins.iter().any(|origin| origin == "*") {
            return Err(Problem::misconfigured(
                "cors_origins",
                "must list origins, such as `https://front.example`; `*` is none",
            ));
        }
        let trusted_proxies = match text("trusted_proxies") {
            "" => 0,
            count => count.parse().map_err(|_| {
                Problem::misconfigured("trusted_proxies", "must be a small whole number")
            })?,
        };
        let limits = match config.variables.get("limits") {
            Some(text) => Limits::parse(text)?,
            None => Limits::default(),
        };
        for name in secrets {
            let value = source.get(name).await.unwrap_or_default();
            if value.is_empty() {
                return Err(Problem::misconfigured(name, "is missing"));
            }
            if environment == Environment::Production && value.starts_with("dev-") {
                return Err(Problem::misconfigured(name, "holds a development secret"));
            }
            config.secrets.insert(name, SecretString::from(value));
        }
        config.public_url = public_url;
        config.environment = environment;
        config.cors_origins = cors_origins;
        config.trusted_proxies = trusted_proxies;
        config.limits = limits;
        Ok(config)
    }

    /// A variable that the service named; none where it is not set or empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A secret that the service named.
    ///
    /// # Errors
    /// 503 naming the variable, where the service did not name it.
    pub fn secret(&self, name: &str) -> Result<&SecretString, Problem> {
        self.secrets
            .get(name)
            .ok_or_else(|| Problem::misconfigured(name, "is missing"))
    }

    /// The bytes of a secret, for keyed hashes.
    ///
    /// # Errors
    /// As [`Config::secret`].
    pub fn secret_bytes(&self, name: &str) -> Result<&[u8], Problem> {
        self.secret(name)
            .map(|secret| secret.expose_secret().as_bytes())
    }

    /// Issuer of our tokens (RFC 8414).
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("{}/oauth2", self.public_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)], secrets: &[&'static str]) -> Result<Config, Problem> {
        let table: HashMap<String, String> = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        futures::executor::block_on(Config::load(&table, &[], secrets))
    }

    #[test]
    fn unsafe_configuration_stops_every_answer() {
        let cases: &[(&[(&str, &str)], &str)] = &[
            (
                &[("public_url", "http://example.com"), ("otp_key", "x")],
                "http is for localhost alone",
            ),
            (
                &[
                    ("public_url", "http://localhost.evil.example"),
                    ("otp_key", "x"),
                ],
                "localhost means localhost",
            ),
            (
                &[("public_url", "https://a.example")],
                "a secret is missing",
            ),
            (
                &[("public_url", "https://a.example"), ("otp_key", "dev-x")],
                "a development secret in production",
            ),
            (
                &[("environment", "staging"), ("otp_key", "x")],
                "environments are two",
            ),
            (
                &[
                    ("public_url", "https://a.example"),
                    ("cors_origins", "https://b.example, *"),
                    ("otp_key", "x"),
                ],
                "origins are named",
            ),
        ];
        for (pairs, rule) in cases {
            assert_eq!(
                load(pairs, &["otp_key"]).err().map(|p| p.kind()),
                Some("misconfigured"),
                "{rule}"
            );
        }
        assert!(
            load(
                &[
                    ("environment", "development"),
                    ("public_url", "http://localhost:3000"),
                    ("otp_key", "dev-x")
                ],
                &["otp_key"]
            )
            .is_ok()
        );
    }
}
