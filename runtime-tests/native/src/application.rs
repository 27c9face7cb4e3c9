//! The components' services, and which of them answers a path.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::Request;
use kit::db::native::NativeDatabase;
use kit::outbound::Outbound;
use kit::{AppBuilder, Db, DbError, Ports, Service};
use platform::mail::NoMailer;

use crate::chaining::{Chaining, Network};
use crate::key_value::Memory;
use crate::verifier::Tokens;

/// What the application is made with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of a migrated database.
    pub database_url: String,
    /// Connections in the pool that all services share.
    pub connections: usize,
    /// Spin variables, the same for all services.
    pub variables: HashMap<String, String>,
}

/// The services of `spin.toml` that clients call, and the private ones behind them, in one process; not the worker, the pages, nor the
/// RealWorld API.
pub struct Application {
    /// By the beginning of their paths, the most specific first.
    routes: Vec<(&'static str, Service)>,
    gateway: Service,
}

impl Application {
    /// Makes the services. Connects when first asked.
    ///
    /// # Errors
    /// When the address of the database cannot be read.
    pub fn new(settings: Settings) -> Result<Self, DbError> {
        let db = Db::new(NativeDatabase::connect(
            &settings.database_url,
            settings.connections,
        )?);
        let variables = Arc::new(settings.variables);
        let key_value = Arc::new(Memory::default());
        let builder = |name, outbound: Arc<dyn Outbound>| {
            let ports = Ports {
                variables: variables.clone(),
                db: db.clone(),
                // One for each service, as each component has its own.
                verifier: Arc::new(Tokens::default()),
                outbound,
                key_value: key_value.clone(),
                ..Ports::none(variables.clone())
            };
            AppBuilder::new(name, ports)
        };
        let network: Arc<dyn Outbound> = Arc::new(Network::default());
        let signer = signer::service(builder("signer", network.clone()), signer::native_keyring);
        let kraken =
            kraken::api::service(builder("kraken", network.clone()), kraken::native_keyring);
        let webhooks = webhooks::api::service(builder("webhooks", network.clone()));
        let chaining: Arc<dyn Outbound> = Arc::new(Chaining {
            signer,
            kraken,
            webhooks,
        });
        let routes = vec![
            (
                "/api/v1/admin",
                admin::api::service(builder("admin", chaining.clone())),
            ),
            (
                "/api/v1/auth",
                identity::api::service(builder("auth", chaining.clone())),
            ),
            (
                "/api/v1/blog",
                blog::api::service(builder("blog", chaining.clone()), blog::renderer::native),
            ),
            (
                "/api/v1/profile",
                profile::api::service(builder("profile", chaining.clone()), NoMailer),
            ),
            (
                "/api/v1/trading",
                trading::api::service(
                    builder("trading", chaining.clone()),
                    trading::strategist::Native,
                ),
            ),
            (
                "/.well-known/oauth-authorization-server/oauth2",
                identity::oidc::service(builder("oidc", chaining.clone())),
            ),
            (
                "/oauth2",
                identity::oidc::service(builder("oidc", chaining)),
            ),
        ];
        Ok(Self {
            routes,
            gateway: gateway::api::service(builder("gateway", network)),
        })
    }

    /// Answers one request.
    pub async fn call(&self, request: Request<Body>) -> Response {
        self.service(request.uri().path()).call(request).await
    }

    fn service(&self, path: &str) -> &Service {
        let below = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.routes
            .iter()
            .find(|(prefix, _)| below(prefix))
            .map_or(&self.gateway, |(_, service)| service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_path_is_answered_by_the_component_of_the_manifest() {
        let settings = Settings {
            database_url: "postgres://nobody@127.0.0.1:1/nothing".to_owned(),
            connections: 1,
            variables: HashMap::new(),
        };
        let application = Application::new(settings).ok();
        for (path, name) in [
            ("/api/v1/admin/users", "admin"),
            ("/api/v1/auth/login", "auth"),
            ("/api/v1/blog/posts/x", "blog"),
            ("/api/v1/profile", "profile"),
            ("/api/v1/profiles", "gateway"),
            ("/api/v1/trading/keys", "trading"),
            ("/oauth2/jwks", "oidc"),
            ("/.well-known/oauth-authorization-server/oauth2", "oidc"),
            ("/internal/sign", "gateway"),
            ("/", "gateway"),
        ] {
            let answers = application
                .as_ref()
                .map(|application| application.service(path).app().name());
            assert_eq!(answers, Some(name), "{path}");
        }
    }
}
