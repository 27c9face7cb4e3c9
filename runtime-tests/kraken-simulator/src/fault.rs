//! Scripted misfortune: what a test wants the network or Kraken to do wrong, and when.

use serde::{Deserialize, Serialize};

/// A fault and the calls that it befalls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Only this method; otherwise any.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Only calls with this key; tests that share a simulator name theirs.
    #[serde(default)]
    pub api_key: Option<String>,
    /// How many calls it befalls.
    #[serde(default = "once")]
    pub times: u32,
    /// How many matching calls it lets pass before.
    #[serde(default)]
    pub skip: u32,
    /// How many it lets pass after it has struck.
    #[serde(default)]
    pub pause: u32,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
}

const fn once() -> u32 {
    1
}

impl Fault {
    /// A fault that befalls the next call, whatever it is.
    #[must_use]
    pub const fn next(kind: FaultKind) -> Self {
        Self {
            endpoint: None,
            api_key: None,
            times: 1,
            skip: 0,
            pause: 0,
            kind,
        }
    }

    /// A fault that befalls one call in so many, without an end; the first after `skip` others.
    #[must_use]
    pub fn one_in(calls: u32, skip: u32, kind: FaultKind) -> Self {
        Self {
            times: u32::MAX,
            skip,
            pause: calls.saturating_sub(1),
            ..Self::next(kind)
        }
    }

    /// The same, for one method only.
    #[must_use]
    pub fn on(self, endpoint: &str) -> Self {
        Self {
            endpoint: Some(endpoint.to_owned()),
            ..self
        }
    }

    /// The same, for one key only.
    #[must_use]
    pub fn by(self, api_key: &str) -> Self {
        Self {
            api_key: Some(api_key.to_owned()),
            ..self
        }
    }

    /// The same, for so many calls.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// Kraken answers this error string and does nothing.
    Error {
        /// For example `EService:Busy`.
        error: String,
    },
    /// A proxy answers an HTML page with this status; Kraken never saw the call.
    Http {
        /// For example 502.
        status: u16,
    },
    /// Kraken did what was asked, then a proxy answered an HTML page with this status.
    HttpAfter {
        /// For example 504.
        status: u16,
    },
    /// The connection is closed without an answer; Kraken never saw the call.
    DropBefore,
    /// The connection is closed without an answer, after Kraken did what was asked.
    DropAfter,
    /// The call waits this long, then goes on.
    Delay {
        /// Milliseconds.
        millis: u64,
    },
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn plan(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that befalls this call, used up by one.
    pub(crate) fn take(&mut self, endpoint: &str, api_key: Option<&str>) -> Option<FaultKind> {
        let mut found = None;
        for fault in &mut self.0 {
            let matches = fault
                .endpoint
                .as_deref()
                .is_none_or(|wanted| wanted == endpoint)
                && fault
                    .api_key
                    .as_deref()
                    .is_none_or(|wanted| Some(wanted) == api_key);
            if !matches {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if fault.times > 0 {
                // Without an end is without an end.
                fault.times -= u32::from(fault.times < u32::MAX);
                fault.skip = fault.pause;
                found = Some(fault.kind.clone());
                break;
            }
        }
        self.0.retain(|fault| fault.times > 0);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_skips_then_strikes_then_is_gone() {
        let mut faults = Faults::default();
        faults.plan(Fault {
            skip: 1,
            times: 2,
            ..Fault::next(FaultKind::DropAfter).on("AddOrder")
        });
        let struck: Vec<bool> = (0..5)
            .map(|_| faults.take("AddOrder", None).is_some())
            .collect();
        assert_eq!(struck, [false, true, true, false, false]);
    }

    #[test]
    fn one_in_four_strikes_again_and_again() {
        let mut faults = Faults::default();
        faults.plan(Fault::one_in(4, 2, FaultKind::DropBefore));
        let struck: Vec<usize> = (0..12)
            .filter(|_| faults.take("Ticker", None).is_some())
            .collect();
        assert_eq!(struck, [2, 6, 10]);
    }

    #[test]
    fn a_fault_strikes_only_the_key_it_names() {
        let mut faults = Faults::default();
        faults.plan(Fault::next(FaultKind::DropBefore).by("mine"));
        assert_eq!(faults.take("Balance", Some("other")), None);
        assert_eq!(faults.take("Balance", None), None);
        assert_eq!(
            faults.take("Balance", Some("mine")),
            Some(FaultKind::DropBefore)
        );
    }

    #[test]
    fn its_json_is_flat() {
        let fault: Fault =
            serde_json::from_str(r#"{"endpoint":"Balance","kind":"http","status":502}"#).unwrap();
        assert_eq!(
            fault,
            Fault::next(FaultKind::Http { status: 502 }).on("Balance")
        );
    }
}
