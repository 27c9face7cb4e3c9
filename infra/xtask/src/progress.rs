//! What a person sees of long work: a line when a step begins, and how long it took where that matters.

use std::{
    fmt::Display,
    io::{IsTerminal, Write, stderr, stdout},
    time::Instant,
};

/// Says that a step begins.
pub(crate) fn step(what: impl Display) {
    let mark = if stdout().is_terminal() {
        "\x1b[1;32m==>\x1b[0m"
    } else {
        "==>"
    };
    println!("{mark} {what}");
}

/// Says something about the step under way.
pub(crate) fn detail(what: impl Display) {
    println!("    {what}");
}

/// Does a step and says how long it took.
pub(crate) fn timed<T>(
    what: impl Display,
    work: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    step(what);
    let start = Instant::now();
    let outcome = work()?;
    let took = start.elapsed();
    if took.as_secs() >= 2 {
        detail(format_args!("done in {:.0} s", took.as_secs_f64()));
    }
    Ok(outcome)
}

/// Says why the command ends.
pub(crate) fn failed(error: &anyhow::Error) {
    let _ = writeln!(stderr(), "\nerror: {error:#}");
}
