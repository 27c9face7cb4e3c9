//! Sources that presented too many bad keys in a row.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::clock::{Micros, SECOND};
use crate::config::{LockoutConfig, LockoutScope};

#[derive(Debug)]
pub(crate) struct Lockouts {
    config: LockoutConfig,
    sources: HashMap<String, Source>,
}

#[derive(Debug, Default)]
struct Source {
    failures: u32,
    until: Micros,
}

impl Lockouts {
    pub(crate) fn new(config: LockoutConfig) -> Self {
        Self {
            config,
            sources: HashMap::new(),
        }
    }

    pub(crate) fn locked(&self, address: IpAddr, key: &str, now: Micros) -> bool {
        self.sources
            .get(&self.source(address, key))
            .is_some_and(|source| now < source.until)
    }

    pub(crate) fn failed(&mut self, address: IpAddr, key: &str, now: Micros) {
        let source = self.sources.entry(self.source(address, key)).or_default();
        source.failures += 1;
        if source.failures >= self.config.failures {
            *source = Source {
                failures: 0,
                until: now + i64::from(self.config.seconds) * SECOND,
            };
        }
    }

    pub(crate) fn succeeded(&mut self, address: IpAddr, key: &str) {
        self.sources.remove(&self.source(address, key));
    }

    fn source(&self, address: IpAddr, key: &str) -> String {
        match self.config.scope {
            LockoutScope::Address => address.to_string(),
            LockoutScope::Key => format!("{address} {key}"),
        }
    }
}
