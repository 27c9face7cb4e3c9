//! The handle by which a test, or the program, holds a running simulator.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rust_decimal::Decimal;
use tokio::task::JoinHandle;

use crate::account::{AccountSpec, IssuedAccount};
use crate::clock::SECOND;
use crate::config::Config;
use crate::fault::Fault;
use crate::journal::JournalEntry;
use crate::key::{IssuedKey, Key, KeyEdit, KeySpec};
use crate::market::{PairSpec, PriceMove};
use crate::order::OrderRecord;
use crate::server;
use crate::state::State;

/// State and the configuration that a reset goes back to.
pub(crate) type Shared = Arc<Mutex<State>>;

pub(crate) fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a simulator doesn't start, or a control call is refused.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// It holds keys and does what anybody says, so only this machine may reach it.
    #[error("the simulator listens on loopback only, not on {0}: use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The address is taken, or not ours.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// What was asked for contradicts what there is.
    #[error("{0}")]
    Refused(String),
}

/// A running simulator; it ends when this is dropped.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    shared: Shared,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Starts one with the default configuration on a free port.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start() -> Result<Self, SimulatorError> {
        Self::start_with(Config::default()).await
    }

    /// Starts one with this configuration on a free port.
    ///
    /// # Errors
    /// If no port is free, or the configuration contradicts itself.
    pub async fn start_with(config: Config) -> Result<Self, SimulatorError> {
        Self::listen(config, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts one on this address; port 0 means a free one.
    ///
    /// # Errors
    /// If the address isn't a loopback one or is taken, or the configuration contradicts itself.
    pub async fn listen(config: Config, address: SocketAddr) -> Result<Self, SimulatorError> {
        if !address.ip().is_loopback() {
            return Err(SimulatorError::NotLoopback(address));
        }
        let shared = Arc::new(Mutex::new(
            State::new(config).map_err(SimulatorError::Refused)?,
        ));
        let listener = server::bind(address)
            .await
            .map_err(|error| SimulatorError::Listen(address, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| SimulatorError::Listen(address, error))?;
        let task = tokio::spawn(server::run(listener, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            task,
        })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All keys there are, by account.
    #[must_use]
    pub fn keys(&self) -> Vec<IssuedKey> {
        let mut keys: Vec<_> = lock(&self.shared).keys.values().map(Key::issued).collect();
        keys.sort_by(|one, two| (&one.account, &one.name).cmp(&(&two.account, &two.name)));
        keys
    }

    /// Opens an account.
    ///
    /// # Errors
    /// If its name or one of its keys exists.
    pub fn open_account(&self, spec: AccountSpec) -> Result<IssuedAccount, SimulatorError> {
        lock(&self.shared)
            .open_account(spec)
            .map_err(SimulatorError::Refused)
    }

    /// Issues a key, in a new account if it names none.
    ///
    /// # Errors
    /// If the account doesn't exist, or the key does.
    pub fn issue_key(&self, spec: KeySpec) -> Result<IssuedKey, SimulatorError> {
        lock(&self.shared)
            .issue_key(spec)
            .map_err(SimulatorError::Refused)
    }

    /// Changes a key: the drift that a client must notice.
    ///
    /// # Errors
    /// If there is no such key.
    pub fn edit_key(&self, edit: KeyEdit) -> Result<IssuedKey, SimulatorError> {
        lock(&self.shared)
            .edit_key(edit)
            .map_err(SimulatorError::Refused)
    }

    /// Adds a pair, or starts it anew; returns its key.
    pub fn add_pair(&self, spec: PairSpec) -> String {
        lock(&self.shared).market.add(spec)
    }

    /// Moves a book and fills what it crosses.
    ///
    /// # Errors
    /// If there is no such pair.
    pub fn move_price(&self, change: &PriceMove) -> Result<(), SimulatorError> {
        lock(&self.shared)
            .move_price(change)
            .map_err(|refusal| SimulatorError::Refused(refusal.0))
    }

    /// Plans a fault.
    pub fn plan_fault(&self, fault: Fault) {
        lock(&self.shared).faults.plan(fault);
    }

    /// Forgets planned faults.
    pub fn clear_faults(&self) {
        lock(&self.shared).faults.clear();
    }

    /// Moves the clock on.
    pub fn advance_clock(&self, seconds: i64) {
        lock(&self.shared)
            .clock
            .advance(seconds.saturating_mul(SECOND));
    }

    /// All orders that were ever accepted, oldest first.
    #[must_use]
    pub fn orders(&self) -> Vec<OrderRecord> {
        let state = lock(&self.shared);
        state
            .orders
            .iter()
            .map(|(txid, order)| OrderRecord::of(txid, order))
            .collect()
    }

    /// What an account has of an asset, whether orders hold it or not.
    #[must_use]
    pub fn balance(&self, account: &str, asset: &str) -> Decimal {
        lock(&self.shared)
            .accounts
            .get(account)
            .map(|account| account.balance(asset))
            .unwrap_or_default()
    }

    /// What was asked so far.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        lock(&self.shared).journal.entries(None)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}
