//! What the signer signs with: opened once, and looked up again every half minute.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use kit::{App, Context, Problem};
use secrecy::ExposeSecret;

use crate::rsa_key::RsaKey;
use crate::stored_key::StoredKey;
use crate::{Keyring, KeyringError, OpenKeyring, SealedKey, SigningKey, store};

/// How long an instance signs with a key before it looks again which is current, milliseconds.
const KEY_MAX_AGE_MS: i64 = 30_000;

/// What an instance keeps: the opened master keys, and the keys that it signs with.
pub(crate) struct Keys {
    open: OpenKeyring,
    keyring: OnceLock<Box<dyn Keyring>>,
    current: Remembered<SigningKey>,
    current_rsa: Remembered<RsaKey>,
}

/// What an instance remembers of the keys of one algorithm.
struct Remembered<K> {
    /// The key that signs, and when it was looked up, milliseconds since the Unix epoch.
    current: RwLock<Option<(Arc<K>, i64)>>,
    /// The one that was made here when there was none.
    offer: Mutex<Option<SealedKey>>,
}

impl<K: StoredKey> Remembered<K> {
    const fn none() -> Self {
        Self {
            current: RwLock::new(None),
            offer: Mutex::new(None),
        }
    }

    /// The key, unless it is time to look again which one signs.
    fn get(&self, now: i64) -> Option<Arc<K>> {
        let remembered = self.current.read().unwrap_or_else(PoisonError::into_inner);
        remembered
            .as_ref()
            .filter(|(_, read_at)| (0..KEY_MAX_AGE_MS).contains(&(now - read_at)))
            .map(|(key, _)| Arc::clone(key))
    }

    fn put(&self, key: K, now: i64) -> Arc<K> {
        let key = Arc::new(key);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) =
            Some((Arc::clone(&key), now));
        key
    }

    /// A new key, sealed. All that find none at the same time offer the same: making an RSA key takes seconds, and the instance does
    /// nothing else meanwhile.
    fn offer(&self, keyring: &dyn Keyring) -> Result<SealedKey, KeyringError> {
        let mut offer = self.offer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = offer.as_ref() {
            return Ok(made.clone());
        }
        let made = K::generate()?.seal(keyring)?;
        Ok(offer.insert(made).clone())
    }
}

impl Keys {
    /// Those of an instance that has not opened anything yet, on the vault that `open` leads to.
    pub(crate) fn new(open: OpenKeyring) -> Self {
        Self {
            open,
            keyring: OnceLock::new(),
            current: Remembered::none(),
            current_rsa: Remembered::none(),
        }
    }

    /// Those of the instance that serves this.
    pub(crate) fn of(app: &App) -> Result<Arc<Self>, Problem> {
        app.extension()
            .ok_or_else(|| Problem::internal("the signer was started without its keys"))
    }

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
    pub(crate) async fn rsa_key(
        &self,
        app: &App,
        context: &Context,
    ) -> Result<Arc<RsaKey>, Problem> {
        self.current_key(&self.current_rsa, app, context).await
    }

    /// The key that signs; the first one is made here. Two instances may both do it: they end with the same.
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
                let offer = remembered.offer(keyring).map_err(unusable)?;
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
