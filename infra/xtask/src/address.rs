//! Addresses of databases.

use anyhow::{Context, bail};

/// `postgres://user:password@host:port/database?parameters`, with one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// `host:port`.
    pub(crate) server: String,
    path: String,
}

impl Address {
    pub(crate) fn parse(url: &str) -> anyhow::Result<Self> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"));
        // The address may hold a password: it is never quoted.
        let rest = rest.context("the database's address does not begin with postgres://")?;
        let (authority, path) = rest
            .split_once('/')
            .context("the database's address names no database")?;
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        if host.is_empty() || host.contains(',') || host.starts_with('%') {
            bail!("the database's address must name one host: Spin's allow-list takes host:port");
        }
        if path.is_empty() || path.starts_with('?') {
            bail!("the database's address names no database");
        }
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok());
        let server = if has_port {
            host.to_owned()
        } else {
            format!("{host}:5432")
        };
        Ok(Self {
            server,
            path: path.to_owned(),
        })
    }

    /// The same database for another role.
    pub(crate) fn with_login(&self, role: &str, password: &str) -> String {
        format!("postgres://{role}:{password}@{}/{}", self.server, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_application_gets_the_owners_database_under_its_own_name() {
        for (url, server, app) in [
            (
                "postgres://postgres:x@127.0.0.1:21000/spindle?sslmode=disable",
                "127.0.0.1:21000",
                "postgres://app:pw@127.0.0.1:21000/spindle?sslmode=disable",
            ),
            (
                "postgresql://o:p%40q@db.example/shop",
                "db.example:5432",
                "postgres://app:pw@db.example:5432/shop",
            ),
            (
                "postgres://[::1]:5433/spindle",
                "[::1]:5433",
                "postgres://app:pw@[::1]:5433/spindle",
            ),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(
                (
                    address.server.as_str(),
                    address.with_login("app", "pw").as_str()
                ),
                (server, app)
            );
        }
    }

    #[test]
    fn an_address_that_spin_could_not_use_is_refused_without_quoting_it() {
        for url in [
            "mysql://secret@h/d",
            "postgres://o:secret@a,b/d",
            "postgres://o:secret@h",
            "postgres://o:secret@%2Ftmp/d",
            "postgres://o:secret@h/?x=1",
        ] {
            let refused = Address::parse(url).unwrap_err().to_string();
            assert!(!refused.contains("secret"), "{url}: {refused}");
        }
    }
}
