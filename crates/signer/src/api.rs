//! The private routes. Whoever may reach them (`allowed_outbound_hosts` says who) may have any token signed.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use axum::extract::State;
use axum::routing::post;
use kit::{App, AppBuilder, Context, Json, Problem, Service};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use crate::id_token::Key;
use crate::rsa_key::RsaKey;
use crate::stored_key::StoredKey;
use crate::{
    AccessToken, Algorithm, Grant, IdToken, Keyring, KeyringError, OpenKeyring, SigningKey,
    Statement, audit_api, refresh_token, rotation, store, totp_api,
};

/// How long an instance signs with a key before it looks again which is current, milliseconds.
const KEY_MAX_AGE_MS: i64 = 30_000;

/// The signer, on the vault that `open` leads to.
#[must_use]
pub fn service(app: AppBuilder, open: OpenKeyring) -> Service {
    app.secrets(&["identity_master_keys"])
        .extension(Keys {
            open,
            keyring: OnceLock::new(),
            current: Remembered::none(),
            current_rsa: Remembered::none(),
        })
        .routes(
            // Not in the OpenAPI document: no client can reach them.
            OpenApiRouter::new()
                .route("/internal/sign", post(sign))
                .route("/internal/sign-id-token", post(sign_id_token))
                .route("/internal/refresh-successor", post(refresh_successor))
                .route("/internal/keys", post(ensure_key))
                .route("/internal/keys/rotate", post(rotation::rotate))
                .route("/internal/secrets/rewrap", post(rotation::rewrap))
                .route("/internal/totp/create", post(totp_api::create))
                .route("/internal/totp/check", post(totp_api::check))
                .route("/internal/audit-head", post(audit_api::sign))
                .route("/internal/audit-heads/verify", post(audit_api::verify)),
        )
}

/// What an instance keeps: the opened master keys, and the keys that it signs with.
pub(crate) struct Keys {
    open: OpenKeyring,
    keyring: OnceLock<Box<dyn Keyring>>,
    current: Remembered<SigningKey>,
    current_rsa: Remembered<RsaKey>,
}

/// A key that signs, and when it was looked up, milliseconds since the Unix epoch.
struct Remembered<K>(RwLock<Option<(Arc<K>, i64)>>);

impl<K> Remembered<K> {
    const fn none() -> Self {
        Self(RwLock::new(None))
    }

    /// The key, unless it is time to look again which one signs.
    fn get(&self, now: i64) -> Option<Arc<K>> {
        let remembered = self.0.read().unwrap_or_else(PoisonError::into_inner);
        remembered
            .as_ref()
            .filter(|(_, read_at)| (0..KEY_MAX_AGE_MS).contains(&(now - read_at)))
            .map(|(key, _)| Arc::clone(key))
    }

    fn put(&self, key: K, now: i64) -> Arc<K> {
        let key = Arc::new(key);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(&key), now));
        key
    }
}

impl Keys {
    pub(crate) fn keyring(&self, app: &App) -> Result<&dyn Keyring, Problem> {
        if let Some(keyring) = self.keyring.get() {
            return Ok(keyring.as_ref());
        }
        let variable = app.config().secret("identity_master_keys")?;
        let keyring = (self.open)(variable.expose_secret()).map_err(|error| {
            Problem::misconfigured("identity_master_keys", "cannot be read").caused_by(error)
        })?;
        Ok(self.keyring.get_or_init(|| keyring).as_ref())
    }

    /// The key that signs access tokens.
    pub(crate) async fn signing_key(
        &self,
        app: &App,
        context: &Context,
    ) -> Result<Arc<SigningKey>, Problem> {
        self.current_key(&self.current, app, context).await
    }

    /// The key that signs the ID tokens of clients that know no EdDSA.
    async fn rsa_key(&self, app: &App, context: &Context) -> Result<Arc<RsaKey>, Problem> {
        self.current_key(&self.current_rsa, app, context).await
    }

    /// The key that signs; the first one is made here. Two requests may both do it: they end with the same.
    async fn current_key<K: StoredKey>(
        &self,
        remembered: &Remembered<K>,
        app: &App,
        context: &Context,
    ) -> Result<Arc<K>, Problem> {
        let now = app.now_ms();
        if let Some(key) = remembered.get(now) {
            return Ok(key);
        }
        let keyring = self.keyring(app)?;
        let sealed = match store::find_current_signing_key(app.db(), K::ALGORITHM).await? {
            Some(sealed) => sealed,
            None => {
                let offer = K::generate()
                    .and_then(|key| key.seal(keyring))
                    .map_err(unusable)?;
                store::add_signing_key(app.db(), context, K::ALGORITHM, &offer).await?
            }
        };
        let key = K::open(keyring, &sealed).map_err(unusable)?;
        Ok(remembered.put(key, now))
    }
}

fn unusable(error: KeyringError) -> Problem {
    Problem::misconfigured("identity_master_keys", "does not open the signing key").caused_by(error)
}

pub(crate) fn keys(app: &App) -> Result<Arc<Keys>, Problem> {
    app.extension()
        .ok_or_else(|| Problem::internal("the signer was started without its keys"))
}

async fn sign(
    State(app): State<App>,
    context: Context,
    Json(grant): Json<Grant>,
) -> Result<Json<AccessToken>, Problem> {
    let key = keys(&app)?.signing_key(&app, &context).await?;
    AccessToken::sign(&key, &app.config().issuer(), &grant)
        .map(Json)
        .map_err(Problem::internal)
}

async fn sign_id_token(
    State(app): State<App>,
    context: Context,
    Json(statement): Json<Statement>,
) -> Result<Json<IdToken>, Problem> {
    let keys = keys(&app)?;
    let issuer = app.config().issuer();
    let signed = match statement.alg {
        Algorithm::EdDSA => {
            let key = keys.signing_key(&app, &context).await?;
            IdToken::sign(&Key::EdDSA(&key), &issuer, &statement)
        }
        Algorithm::RS256 => {
            let key = keys.rsa_key(&app, &context).await?;
            IdToken::sign(&Key::RS256(&key), &issuer, &statement)
        }
    };
    signed.map(Json).map_err(Problem::internal)
}

#[derive(Serialize, Deserialize, garde::Validate)]
struct RefreshToken {
    #[garde(length(min = 1, max = 256))]
    refresh_token: String,
}

async fn refresh_successor(
    State(app): State<App>,
    Json(presented): Json<RefreshToken>,
) -> Result<Json<RefreshToken>, Problem> {
    let keys = keys(&app)?;
    refresh_token::successor(keys.keyring(&app)?, &presented.refresh_token)
        .map(|refresh_token| Json(RefreshToken { refresh_token }))
        .ok_or_else(|| Problem::internal("a derived key is not a key"))
}

#[derive(Serialize)]
struct KeyId {
    kid: String,
}

async fn ensure_key(State(app): State<App>, context: Context) -> Result<Json<KeyId>, Problem> {
    let keys = keys(&app)?;
    let key = keys.signing_key(&app, &context).await?;
    // Published before the first client asks for a token signed with it.
    keys.rsa_key(&app, &context).await?;
    Ok(Json(KeyId {
        kid: key.kid().to_owned(),
    }))
}
