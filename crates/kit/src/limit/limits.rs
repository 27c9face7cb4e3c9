//! The variable `limits`.

use super::Class;
use crate::Problem;

/// How much the keyword `relaxed` allows of what is usual.
const RELAXED: i64 = 100;

/// So many at once, and as many again within a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tokens of a full bucket, 1 to 1,000,000.
    pub burst: i64,
    /// How long an empty bucket takes to fill up, seconds, 1 to 86,400.
    pub period_s: i64,
}

impl Rate {
    pub(crate) const fn new(burst: i64, period_s: i64) -> Self {
        Self { burst, period_s }
    }

    fn parse(text: &str) -> Option<Self> {
        let (burst, period) = text.split_once('/')?;
        let rate = Self::new(burst.trim().parse().ok()?, period.trim().parse().ok()?);
        ((1..=1_000_000).contains(&rate.burst) && (1..=86_400).contains(&rate.period_s))
            .then_some(rate)
    }
}

/// What is allowed, by class. The default allows everything: it is that of components without the variable, which are
/// private and called by ours alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits([Option<Rate>; Class::ALL.len()]);

impl Limits {
    /// Reads the variable: `off`, `relaxed` (a hundred times the usual, for development and tests), or changes of the usual
    /// such as `login=10/60,read=6000/60,search=off`, in requests and seconds. Empty means the usual.
    ///
    /// # Errors
    /// 503 naming the variable.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let usual = |factor: i64| {
            Self(Class::ALL.map(|class| {
                class
                    .default_rate()
                    .map(|rate| Rate::new(rate.burst.saturating_mul(factor), rate.period_s))
            }))
        };
        match text.trim() {
            "off" => return Ok(Self::default()),
            "relaxed" => return Ok(usual(RELAXED)),
            _ => {}
        }
        let mut limits = usual(1);
        for item in text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            let (class, rate) = change(item).ok_or_else(|| {
                Problem::misconfigured(
                    "limits",
                    "must be `off`, `relaxed` or a list such as `login=10/60,search=off` (requests/seconds)",
                )
            })?;
            if let Some(slot) = limits.0.get_mut(class as usize) {
                *slot = rate;
            }
        }
        Ok(limits)
    }

    /// What is allowed of a class; none where it is not limited.
    #[must_use]
    pub fn rate(&self, class: Class) -> Option<Rate> {
        self.0.get(class as usize).copied().flatten()
    }
}

fn change(item: &str) -> Option<(Class, Option<Rate>)> {
    let (name, rate) = item.split_once('=')?;
    let class = Class::ALL
        .into_iter()
        .find(|class| class.name() == name.trim())?;
    match rate.trim() {
        "off" => Some((class, None)),
        rate => Rate::parse(rate).map(|rate| (class, Some(rate))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_stand_in_their_own_order() {
        for (index, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index, "{}", class.name());
        }
    }

    #[test]
    fn the_operator_changes_what_is_named_and_nothing_else() {
        let usual = Limits::parse("").unwrap();
        assert_eq!(usual.rate(Class::Login), Class::Login.default_rate());
        assert_eq!(usual.rate(Class::Read), None, "reading is free");
        let limits = Limits::parse(" login = 3/10 , read=6000/60, search=off ").unwrap();
        assert_eq!(limits.rate(Class::Login), Some(Rate::new(3, 10)));
        assert_eq!(limits.rate(Class::Read), Some(Rate::new(6_000, 60)));
        assert_eq!(limits.rate(Class::Search), None);
        assert_eq!(limits.rate(Class::Write), usual.rate(Class::Write));
        let off = Limits::parse("off").unwrap();
        assert!(
            Class::ALL
                .into_iter()
                .all(|class| off.rate(class).is_none())
        );
        assert_eq!(
            Limits::parse("relaxed").unwrap().rate(Class::Login),
            Some(Rate::new(3_000, 300))
        );
    }

    #[test]
    fn what_cannot_be_read_stops_every_answer() {
        for text in [
            "on",
            "login",
            "login=",
            "login=5",
            "login=0/60",
            "login=5/0",
            "login=-1/60",
            "login=5/90000",
            "signin=5/60",
            "login=5/60;otp=5/60",
        ] {
            let problem = Limits::parse(text).unwrap_err();
            assert_eq!(problem.kind(), "misconfigured", "{text}");
        }
    }
}
