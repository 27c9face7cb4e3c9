//! Times as other programs write them.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat};

/// What stands with a zone, where RFC 3339 and the RFC of mail have another form: Jekyll's and Go's. The space before the zone may be
/// missing, and the colon in it.
const ZONED: &[&str] = &[
    "%Y-%m-%d %H:%M:%S%.f %z",
    "%Y-%m-%dT%H:%M:%S%.f %z",
    "%Y-%m-%d %H:%M %z",
    "%Y-%m-%dT%H:%M %z",
];
/// Without a zone.
const LOCAL: &[&str] = &[
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
];
/// Days alone; the names of months are English, whole or their first three letters.
const DAYS: &[&str] = &["%Y-%m-%d", "%Y/%m/%d", "%B %d, %Y", "%B %d %Y", "%d %B %Y"];

/// A time as RFC 3339 writes it; none if it is not known how to read it. A day alone is its midnight; without a zone it is UTC.
pub(crate) fn rfc3339(text: &str) -> Option<String> {
    let text = text.trim();
    let utc = ["Z", "UTC", "GMT"]
        .iter()
        .find_map(|zone| text.strip_suffix(zone))
        .unwrap_or(text)
        .trim_end();
    let at = [text, utc]
        .into_iter()
        .find_map(zoned)
        .or_else(|| Some(local(utc)?.and_utc().fixed_offset()))?;
    Some(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Milliseconds since the Unix epoch, as RFC 3339 writes them.
pub(crate) fn of_milliseconds(ms: i64) -> Option<String> {
    DateTime::from_timestamp_millis(ms).map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn zoned(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .ok()
        .or_else(|| {
            ZONED
                .iter()
                .find_map(|form| DateTime::parse_from_str(text, form).ok())
        })
}

fn local(text: &str) -> Option<NaiveDateTime> {
    LOCAL
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| {
            DAYS.iter()
                .find_map(|form| NaiveDate::parse_from_str(text, form).ok())?
                .and_hms_opt(0, 0, 0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_programs_write_them() {
        for (text, at) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-1-3", "2026-01-03T00:00:00Z"),
            ("2026/01/31", "2026-01-31T00:00:00Z"),
            ("January 31, 2026", "2026-01-31T00:00:00Z"),
            ("Jan 31 2026", "2026-01-31T00:00:00Z"),
            ("31 January 2026", "2026-01-31T00:00:00Z"),
            ("2026-01-31 12:00", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00", "2026-01-31T12:00:00Z"),
            (" 2026-01-31 12:00:01 ", "2026-01-31T12:00:01Z"),
            ("2026/01/31 12:00:01", "2026-01-31T12:00:01Z"),
            ("2026-01-31T12:00:01.250", "2026-01-31T12:00:01.250Z"),
            ("2026-01-31 12:00:01 -0600", "2026-01-31T12:00:01-06:00"),
            ("2026-01-31 12:00:01 +05:30", "2026-01-31T12:00:01+05:30"),
            ("2026-01-31T12:00:01+0100", "2026-01-31T12:00:01+01:00"),
            ("2026-01-31 12:00:01 UTC", "2026-01-31T12:00:01Z"),
            ("2026-01-31 12:00:01 +0000 UTC", "2026-01-31T12:00:01Z"),
            ("2026-01-31T12:00:01+01:00", "2026-01-31T12:00:01+01:00"),
            ("2026-01-31T12:00:01Z", "2026-01-31T12:00:01Z"),
            ("2026-01-31T12:00:01.000Z", "2026-01-31T12:00:01Z"),
            ("Sat, 31 Jan 2026 12:00:01 +0000", "2026-01-31T12:00:01Z"),
        ] {
            assert_eq!(rfc3339(text).as_deref(), Some(at), "{text}");
            assert!(crate::domain::field::time(at).is_ok(), "{at}");
        }
        for text in [
            "",
            "Z",
            "soon",
            "2026",
            "2026-02-30",
            "0000-00-00 00:00:00",
            "Wed, 30 Nov -0001 00:00:00 +0000",
            "2026-01-31 25:00",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
        assert_eq!(
            of_milliseconds(1_283_780_649_000).as_deref(),
            Some("2010-09-06T13:44:09Z")
        );
    }
}
