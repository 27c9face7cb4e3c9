//! All that the simulator knows, behind one lock.

use std::collections::BTreeMap;

use crate::account::{Account, AccountSpec, IssuedAccount};
use crate::clock::{Clock, Micros};
use crate::config::Config;
use crate::fault::Faults;
use crate::journal::Journal;
use crate::key::{IssuedKey, Key, KeyEdit, KeySpec};
use crate::lockout::Lockouts;
use crate::market::Market;
use crate::order::{Order, Trade};

/// Why a control call was refused, for the test's author to read.
pub(crate) type Mistake = String;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) market: Market,
    pub(crate) accounts: BTreeMap<String, Account>,
    /// By the value of `API-Key`.
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) lockouts: Lockouts,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    /// By txid, which is by age.
    pub(crate) orders: BTreeMap<String, Order>,
    /// By txid, which is by age.
    pub(crate) trades: BTreeMap<String, Trade>,
    counted_accounts: u64,
    counted_keys: u64,
}

impl State {
    pub(crate) fn new(config: Config) -> Result<Self, Mistake> {
        let mut state = Self {
            clock: Clock::new(&config.clock),
            market: Market::new(config.status, &config.pairs),
            accounts: BTreeMap::new(),
            keys: BTreeMap::new(),
            lockouts: Lockouts::new(config.lockout.clone()),
            faults: Faults::default(),
            journal: Journal::default(),
            orders: BTreeMap::new(),
            trades: BTreeMap::new(),
            counted_accounts: 0,
            counted_keys: 0,
            config,
        };
        for account in state.config.accounts.clone() {
            state.open_account(account)?;
        }
        Ok(state)
    }

    pub(crate) fn now(&self) -> Micros {
        self.clock.now()
    }

    /// Opens the account with its keys, or with one key of the default permissions.
    pub(crate) fn open_account(&mut self, spec: AccountSpec) -> Result<IssuedAccount, Mistake> {
        let AccountSpec {
            id,
            tier,
            balances,
            keys,
        } = spec;
        self.counted_accounts += 1;
        let id = id.unwrap_or_else(|| format!("account-{}", self.counted_accounts));
        if self.accounts.contains_key(&id) {
            return Err(format!("there is an account {id} already"));
        }
        let account = Account::new(&self.config.seed, &id, tier, balances);
        let iban = account.iban.clone();
        self.accounts.insert(id.clone(), account);
        let keys = keys.unwrap_or_else(|| vec![KeySpec::default()]);
        let issued = keys
            .into_iter()
            .map(|key| {
                self.issue_key(KeySpec {
                    account: Some(id.clone()),
                    ..key
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let first = issued.first().ok_or("an account needs a key")?;
        Ok(IssuedAccount {
            account: id,
            iban,
            api_key: first.api_key.clone(),
            api_secret: first.api_secret.clone(),
            keys: issued,
        })
    }

    /// Issues the key, in a new account if it names none.
    pub(crate) fn issue_key(&mut self, mut spec: KeySpec) -> Result<IssuedKey, Mistake> {
        let Some(account) = spec.account.take() else {
            let account = AccountSpec {
                keys: Some(vec![spec]),
                ..AccountSpec::default()
            };
            return self
                .open_account(account)?
                .keys
                .pop()
                .ok_or_else(|| "no key".to_owned());
        };
        if !self.accounts.contains_key(&account) {
            return Err(format!("there is no account {account}"));
        }
        self.counted_keys += 1;
        let label = spec
            .seed
            .clone()
            .unwrap_or_else(|| format!("#{}", self.counted_keys));
        let key = Key::new(&self.config.seed, &label, account, spec, self.clock.now());
        if self.keys.contains_key(&key.api_key) {
            return Err(format!("there is a key {} already", key.api_key));
        }
        let issued = key.issued();
        self.keys.insert(key.api_key.clone(), key);
        Ok(issued)
    }

    pub(crate) fn edit_key(&mut self, edit: KeyEdit) -> Result<IssuedKey, Mistake> {
        let now = self.clock.now();
        let key = self
            .keys
            .get_mut(&edit.api_key)
            .ok_or_else(|| format!("there is no key {}", edit.api_key))?;
        key.edit(edit, now);
        Ok(key.issued())
    }
}
