#![doc = include_str!("../README.md")]

/// The permissions of an exchange key that trades.
pub const TRADING: [&str; 5] = [
    "query-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "close-trades",
];

/// Whether a test that owns its app is left out, since the app belongs to somebody else; says so.
#[must_use]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub fn skipped() -> bool {
    let foreign = spindle_harness::App::is_foreign();
    if foreign {
        eprintln!("skipped: the app belongs to somebody else");
    }
    foreign
}
