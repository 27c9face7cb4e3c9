//! What must not be true of an application in production. The guests check the same at each request; the host says it
//! before it starts, all at once.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::manifest::Manifest;

/// Refuses development secrets in production, and a public address without TLS that is not this machine.
pub(crate) fn check(manifest: &Manifest, values: &BTreeMap<String, String>) -> Result<()> {
    let mut faults = Vec::new();
    if values
        .get("environment")
        .is_some_and(|environment| environment == "production")
    {
        for (name, declaration) in manifest
            .variables
            .iter()
            .filter(|(_, declaration)| declaration.secret)
        {
            let value = values.get(name).map(String::as_str).unwrap_or_default();
            // An empty default is the manifest's way to say that the feature behind this secret is off.
            let off = declaration.default.as_deref() == Some("");
            if value.is_empty() && !off {
                faults.push(format!("{name} is secret and has no value"));
            } else if value.starts_with("dev-") {
                faults.push(format!(
                    "{name} is a development secret (it begins with `dev-`)"
                ));
            }
        }
    }
    if let Some(public_url) = values.get("public_url")
        && !is_safe_origin(public_url)
    {
        faults.push(format!("public_url is {public_url:?}; cookies and passkeys need https, or http://localhost with any port"));
    }
    if faults.is_empty() {
        return Ok(());
    }
    bail!(
        "this configuration is not safe to run:{}\nset `environment` to \"development\" for work on this machine",
        faults
            .iter()
            .map(|fault| format!("\n  {fault}"))
            .collect::<String>()
    );
}

fn is_safe_origin(public_url: &str) -> bool {
    match url::Url::parse(public_url) {
        Ok(url) => {
            url.scheme() == "https"
                || (url.scheme() == "http" && url.host_str() == Some("localhost"))
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(environment: &str, public_url: &str, key: &str) -> Option<String> {
        let manifest = Manifest::parse(
            "spin_manifest_version = 2\n[application]\nname = \"t\"\n[variables]\nenvironment = { default = \"production\" }\npublic_url = { required = true }\nkey = { required = true, secret = true }\nmail = { default = \"\", secret = true }\n",
        )
        .unwrap();
        let values = [
            ("environment", environment),
            ("public_url", public_url),
            ("key", key),
            ("mail", ""),
        ];
        let values = values
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        check(&manifest, &values)
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn production_refuses_missing_and_development_secrets_by_name() {
        assert_eq!(faults("production", "https://a.example", "real"), None);
        assert!(
            faults("production", "https://a.example", "dev-1")
                .unwrap()
                .contains("key is a development secret")
        );
        assert!(
            faults("production", "https://a.example", "")
                .unwrap()
                .contains("key is secret")
        );
        assert_eq!(
            faults("development", "http://localhost:3000", "dev-1"),
            None
        );
    }

    #[test]
    fn a_public_address_is_https_or_localhost() {
        for address in [
            "https://a.example",
            "http://localhost",
            "http://localhost:3000",
        ] {
            assert_eq!(faults("development", address, "x"), None, "{address}");
        }
        for address in [
            "http://a.example",
            "http://127.0.0.1:3000",
            "http://localhost.evil.example",
            "ftp://localhost",
            "localhost",
        ] {
            assert!(
                faults("development", address, "x").is_some(),
                "{address} was accepted"
            );
        }
    }
}
