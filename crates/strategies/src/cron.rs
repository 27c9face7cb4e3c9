//! Times by the five fields of cron, in UTC: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday).
//!
//! The minute is one number, so that two times are an hour apart at least. As in cron, a day that is named by month and by week
//! counts if either holds.

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
/// Days that are looked through: February 29 comes again after eight years at most.
const MOST_DAYS: i64 = 8 * 366;

/// Sets of small numbers, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cron {
    minute: i64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the day is named both by month and by week.
    either: bool,
}

impl Cron {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minute, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(
                "must have five fields: minute, hour, day of the month, month, day of the week"
                    .to_owned(),
            );
        };
        let cron = Self {
            minute: minute
                .parse()
                .ok()
                .filter(|minute| (0..60).contains(minute))
                .ok_or("the minute must be one number, 0 to 59")?,
            hours: set(hours, 0, 23)?,
            days: set(days, 1, 31)?,
            months: set(months, 1, 12)?,
            weekdays: weekdays_of(set(weekdays, 0, 7)?),
            either: !days.starts_with('*') && !weekdays.starts_with('*'),
        };
        match cron.last(MOST_DAYS * DAY) {
            Some(_) => Ok(cron),
            None => Err("there is no such day".to_owned()),
        }
    }

    /// The latest of its times that is not after `now`, seconds since the Unix epoch.
    pub(crate) fn last(&self, now: i64) -> Option<i64> {
        let today = now.div_euclid(DAY);
        (0..MOST_DAYS).find_map(|back| {
            let day = today - back;
            if !self.has_day(day) {
                return None;
            }
            (0..24)
                .rev()
                .filter(|hour| has(self.hours, *hour))
                .map(|hour| day * DAY + hour * HOUR + self.minute * MINUTE)
                .find(|at| *at <= now)
        })
    }

    /// How many of its times are after one and before the other, at most a thousand.
    pub(crate) fn between(&self, after: i64, before: i64) -> i64 {
        let times = std::iter::successors(self.last(before - 1), |at| self.last(at - 1));
        let count = times.take(1000).take_while(|at| *at > after).count();
        i64::try_from(count).unwrap_or(1000)
    }

    /// `day` counts from the Unix epoch, which was a Thursday.
    fn has_day(&self, day: i64) -> bool {
        let (month, of_month) = month_and_day(day);
        let by_month = has(self.days, of_month);
        let by_week = has(self.weekdays, (day + 4).rem_euclid(7));
        has(self.months, month)
            && if self.either {
                by_month || by_week
            } else {
                by_month && by_week
            }
    }
}

fn has(set: u64, number: i64) -> bool {
    u32::try_from(number).is_ok_and(|number| set.checked_shr(number).unwrap_or(0) & 1 == 1)
}

/// `*`, `3`, `1-5`, each of them with `/2`, and lists of these.
fn set(field: &str, least: u32, most: u32) -> Result<u64, String> {
    let wrong = || format!("{field} is not of numbers from {least} to {most}");
    let number = |text: &str| {
        text.parse::<u32>()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(wrong)
    };
    let mut set = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((first, last)) => (number(first)?, number(last)?),
            // 3/2 is every second one from 3 on.
            None => (
                number(range)?,
                if step.is_some() { most } else { number(range)? },
            ),
        };
        let step = step
            .map_or(Some(1), |step| step.parse::<usize>().ok())
            .filter(|step| *step > 0)
            .ok_or_else(wrong)?;
        if first > last {
            return Err(wrong());
        }
        for number in (first..=last).step_by(step) {
            set |= 1_u64 << number;
        }
    }
    Ok(set)
}

/// Sunday has two numbers.
const fn weekdays_of(set: u64) -> u64 {
    set | (set >> 7)
}

/// Month and day of a day since the Unix epoch in the Gregorian calendar. Counted from March on, so that the leap day comes last.
fn month_and_day(day: i64) -> (i64, i64) {
    const FOUR_CENTURIES: i64 = 146_097;
    // From 1 March of the year 0.
    let day = (day + 719_468).rem_euclid(FOUR_CENTURIES);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    (if month < 10 { month + 3 } else { month - 9 }, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 15:00:00 UTC, a Saturday.
    const NOW: i64 = 1_795_273_200;

    fn ago(text: &str) -> i64 {
        NOW - Cron::parse(text).unwrap().last(NOW).unwrap()
    }

    #[test]
    fn the_latest_time_is_found() {
        for (text, expected) in [
            ("0 * * * *", 0),
            ("30 * * * *", 1800),
            ("0 9 * * *", 6 * HOUR),
            ("1 15 * * *", DAY - MINUTE),
            ("0 */6 * * *", 3 * HOUR),
            ("0 9 * * 6", 6 * HOUR),
            ("0 9 * * 1-5", DAY + 6 * HOUR),
            ("0 9 * * 0", 6 * DAY + 6 * HOUR),
            ("0 9 * * 7", 6 * DAY + 6 * HOUR),
            ("0 0 1 * *", 20 * DAY + 15 * HOUR),
            ("0 0 31 * *", 21 * DAY + 15 * HOUR),
            ("0 0 1,20 * *", DAY + 15 * HOUR),
            // The first of the month, or a Friday.
            ("0 0 1 * 5", DAY + 15 * HOUR),
            ("0 15 21 11 *", 0),
        ] {
            assert_eq!(ago(text), expected, "{text}");
        }
    }

    #[test]
    fn a_leap_day_comes_again() {
        // 2024-02-29 00:00:00 UTC.
        let leap = Cron::parse("0 0 29 2 *").unwrap();
        assert_eq!(leap.last(NOW), Some(1_709_164_800));
    }

    #[test]
    fn what_is_missed_is_counted() {
        let hourly = Cron::parse("0 * * * *").unwrap();
        assert_eq!(hourly.between(NOW - 4 * HOUR, NOW), 3);
        assert_eq!(hourly.between(NOW - HOUR, NOW), 0);
        assert_eq!(hourly.between(0, NOW), 1000);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "* * * * *",
            "60 * * * *",
            "0 24 * * *",
            "0 0 0 * *",
            "0 0 * 13 *",
            "0 0 * * 8",
            "0 5-3 * * *",
            "0 */0 * * *",
            "0 0 30 2 *",
            "0 0 * *",
            "0 0 * * * *",
            "0 x * * *",
            "0 , * * *",
        ] {
            assert!(Cron::parse(text).is_err(), "{text}");
        }
    }
}
