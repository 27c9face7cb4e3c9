//! Whether a component may connect to a database address.

use std::sync::Arc;

use opentelemetry::KeyValue;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::allowed_hosts::AllowedHosts;
use crate::bindings::postgres::Error;

/// Every server that the address names must be allowed, also one given as `hostaddr`, which would be connected to in place of
/// its name.
pub(super) fn check(
    address: &str,
    allowed: &AllowedHosts,
    component: &Arc<str>,
) -> Result<(), Error> {
    let config: Config = address
        .parse()
        .map_err(|error| Error::ConnectionFailed(format!("invalid database address: {error}")))?;
    let hosts = config.get_hosts();
    if hosts.is_empty() && config.get_hostaddrs().is_empty() {
        return Err(Error::ConnectionFailed(
            "the database address names no host".to_owned(),
        ));
    }
    let names = hosts.iter().enumerate().map(|(index, host)| match host {
        Host::Tcp(name) => (index, Some(bracketed(name))),
        #[cfg(unix)]
        Host::Unix(_) => (index, None),
    });
    let addresses = config
        .get_hostaddrs()
        .iter()
        .enumerate()
        .map(|(index, ip)| (index, Some(bracketed(&ip.to_string()))));
    for (index, host) in names.chain(addresses) {
        let port = config
            .get_ports()
            .get(index)
            .or(config.get_ports().first())
            .copied()
            .unwrap_or(5432);
        let is_allowed = host.as_deref().is_some_and(|host| {
            allowed.allows("postgres", host, Some(port))
                || allowed.allows("postgresql", host, Some(port))
        });
        if !is_allowed {
            let host = host.unwrap_or_else(|| "a Unix socket".to_owned());
            return Err(Error::ConnectionFailed(format!(
                "address postgres://{host}:{port} is not permitted; add it to allowed_outbound_hosts of [component.{component}]"
            )));
        }
    }
    Ok(())
}

/// What a span tells of the address: the first server and the database, never the user or the password.
pub(super) fn server(address: &str) -> Vec<KeyValue> {
    let Ok(config) = address.parse::<Config>() else {
        return Vec::new();
    };
    let mut told = Vec::new();
    if let Some(Host::Tcp(name)) = config.get_hosts().first() {
        let port = config.get_ports().first().copied().unwrap_or(5432);
        told.push(KeyValue::new("server.address", name.clone()));
        told.push(KeyValue::new("server.port", i64::from(port)));
    }
    if let Some(database) = config.get_dbname() {
        told.push(KeyValue::new("db.namespace", database.to_owned()));
    }
    told
}

/// IPv6 addresses stand in brackets where a host and a port stand together.
fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_of_an_address_must_be_allowed() {
        let allowed =
            AllowedHosts::parse(["postgres://db.internal:5433", "postgres://127.0.0.1:*"]).unwrap();
        for (address, permitted) in [
            ("postgres://u:p@db.internal:5433/app", true),
            ("postgresql://u@127.0.0.1:9999/app?sslmode=disable", true),
            ("host=db.internal port=5433 user=u", true),
            ("postgres://u@db.internal/app", false),
            ("postgres://u@db.internal:5433,evil.example:5433/app", false),
            ("host=db.internal port=5433 hostaddr=10.0.0.1", false),
            ("host=/var/run/postgresql user=u", false),
            ("user=u", false),
            ("not an address", false),
        ] {
            assert_eq!(
                check(address, &allowed, &"a".into()).is_ok(),
                permitted,
                "{address}"
            );
        }
    }
}
