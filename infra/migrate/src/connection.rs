//! One connection as the database's owner, with TLS where the address asks for it.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connects; messages of the server are dropped.
pub(crate) async fn connect(url: &str, ca_file: Option<&Path>) -> anyhow::Result<Client> {
    let mut config = parse(url)?;
    config.application_name("spindle-migrate");
    let (client, connection) = config.connect(tls(ca_file)?).await.with_context(|| {
        format!("connecting to {} (for a server without a valid certificate: sslmode=disable or --ca-file)", shown(&config))
    })?;
    tokio::spawn(connection);
    Ok(client)
}

/// libpq's `verify-full` and `verify-ca` are unknown to tokio-postgres; `require` verifies all here.
fn parse(url: &str) -> anyhow::Result<Config> {
    let url = url
        .replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require");
    // The cause may quote the address, password included.
    url.parse().map_err(|_| {
        anyhow::anyhow!(
            "the database's address is not of the form postgres://user:password@host:port/name"
        )
    })
}

/// The address without the password.
fn shown(config: &Config) -> String {
    let hosts: Vec<_> = config
        .get_hosts()
        .iter()
        .zip(config.get_ports().iter().chain(std::iter::repeat(&5432)))
        .map(|(host, port)| match host {
            tokio_postgres::config::Host::Tcp(name) => format!("{name}:{port}"),
            #[cfg(unix)]
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    format!(
        "the database {} at {}",
        config.get_dbname().unwrap_or("postgres"),
        hosts.join(",")
    )
}

fn tls(ca_file: Option<&Path>) -> anyhow::Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(file) => {
            let reading = || format!("reading certificates from {}", file.display());
            for certificate in CertificateDer::pem_file_iter(file).with_context(reading)? {
                roots.add(certificate.with_context(reading)?)?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let config =
            parse("postgres://owner:hidden@db.example:6543/spindle?sslmode=verify-full").unwrap();
        assert_eq!(shown(&config), "the database spindle at db.example:6543");
    }

    #[test]
    fn a_malformed_address_is_not_quoted() {
        let error = parse("postgres://owner:hidden@db.example:port/spindle").unwrap_err();
        assert!(!format!("{error:#}").contains("hidden"));
    }
}
