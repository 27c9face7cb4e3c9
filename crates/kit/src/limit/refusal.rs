//! Buckets that are known to be empty: asking Postgres again before the next token is there can only be refused again. So a
//! flood costs the database one statement a bucket and instance.

use std::collections::HashMap;
use std::sync::Mutex;

use super::bucket::{Key, Standing};
use crate::turn::value;

/// Most buckets that an instance remembers.
const MOST: usize = 1_024;

#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<Key, Until>>);

#[derive(Clone, Copy)]
struct Until {
    next_ms: i64,
    full_ms: i64,
}

impl Refusals {
    /// The standing of a bucket that is still empty.
    pub(crate) fn find(&self, key: &Key, now_ms: i64) -> Option<Standing> {
        let until = *value(&self.0).get(key)?;
        (until.next_ms > now_ms).then(|| Standing {
            allowed: false,
            remaining: 0,
            reset_ms: until.full_ms - now_ms,
            retry_ms: until.next_ms - now_ms,
        })
    }

    /// Remembers a refusal.
    pub(crate) fn add(&self, key: Key, standing: &Standing, now_ms: i64) {
        let mut refusals = value(&self.0);
        if refusals.len() >= MOST {
            refusals.retain(|_, until| until.next_ms > now_ms);
        }
        if refusals.len() < MOST {
            let until = Until {
                next_ms: now_ms.saturating_add(standing.retry_ms),
                full_ms: now_ms.saturating_add(standing.reset_ms),
            };
            refusals.insert(key, until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::Class;

    fn refused(retry_ms: i64) -> Standing {
        Standing {
            allowed: false,
            remaining: 0,
            reset_ms: 9_000,
            retry_ms,
        }
    }

    #[test]
    fn a_refusal_lasts_until_the_next_token_and_no_longer() {
        let refusals = Refusals::default();
        let key = Key::of_principal(Class::Write, "a");
        refusals.add(key.clone(), &refused(500), 1_000);
        assert_eq!(
            refusals.find(&key, 1_400),
            Some(Standing {
                reset_ms: 8_600,
                ..refused(100)
            })
        );
        assert_eq!(refusals.find(&key, 1_500), None);
        assert_eq!(
            refusals.find(&Key::of_principal(Class::Write, "b"), 1_400),
            None
        );
    }

    #[test]
    fn a_flood_of_addresses_fills_no_memory() {
        let refusals = Refusals::default();
        for n in 0..MOST + 10 {
            refusals.add(Key::of_name(Class::Login, &n.to_string()), &refused(500), 0);
        }
        assert_eq!(value(&refusals.0).len(), MOST);
        refusals.add(Key::of_name(Class::Login, "later"), &refused(500), 500);
        assert_eq!(value(&refusals.0).len(), 1, "what is over makes room");
    }
}
