//! Nonces: per key, always rising, in nanoseconds.

/// A key's nonce.
///
/// Nanoseconds since the Unix epoch, the finest unit that any client uses: a key that was used elsewhere with a coarser
/// clock still works here. They fit `i64`, hence a Postgres `bigint`, until the year 2262.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nonce(u64);

impl Nonce {
    /// The rule: one above the last, or the time, whichever is greater. Whoever keeps the last one applies it in the
    /// same statement that takes the key's lease, because order of arrival matters as much as order of allocation.
    #[must_use]
    pub fn following(last: Option<u64>, now_nanos: u64) -> Self {
        Self(last.map_or(now_nanos, |last| last.saturating_add(1).max(now_nanos)))
    }

    /// The number that is sent.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<u64> for Nonce {
    fn from(value: u64) -> Self {
        Self(value)
    }
}

/// The nonces of one piece of work of several calls: the first one is given, the others count up from it.
#[derive(Debug)]
pub struct Nonces {
    next: u64,
    last: Option<Nonce>,
}

impl Nonces {
    /// Begins with this one.
    #[must_use]
    pub const fn starting_at(first: Nonce) -> Self {
        Self {
            next: first.0,
            last: None,
        }
    }

    /// The next one.
    pub const fn take(&mut self) -> Nonce {
        let nonce = Nonce(self.next);
        self.last = Some(nonce);
        self.next = self.next.saturating_add(1);
        nonce
    }

    /// The highest one that was taken.
    #[must_use]
    pub const fn last(&self) -> Option<Nonce> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_above_the_last_and_not_before_the_clock() {
        let cases = [
            (None, 100, 100),
            (Some(5), 100, 100),
            (Some(99), 100, 100),
            (Some(100), 100, 101),
            (Some(500), 100, 501),
            (Some(u64::MAX), 100, u64::MAX),
        ];
        for (last, now, expected) in cases {
            assert_eq!(
                Nonce::following(last, now).get(),
                expected,
                "last {last:?}, now {now}"
            );
        }
    }

    #[test]
    fn nonces_of_one_piece_of_work_count_up() {
        let mut nonces = Nonces::starting_at(Nonce::from(7));
        assert_eq!(nonces.last(), None);
        assert_eq!((nonces.take().get(), nonces.take().get()), (7, 8));
        assert_eq!(nonces.last(), Some(Nonce::from(8)));
    }
}
