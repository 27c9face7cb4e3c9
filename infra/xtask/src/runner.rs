//! Test programs, run side by side. `cargo test` runs one after the other, and most of them wait for timers and for Postgres.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Write, stdout},
    iter,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{cargo, progress};

/// Where the words of a program's failed tests begin in what it prints.
const FAILURES: &str = "\nfailures:\n";

/// A program that cargo built of tests.
pub(crate) struct Program {
    /// As `cargo test` names it: the target, and the package where that has another name.
    name: String,
    executable: PathBuf,
    /// Where cargo runs it.
    package: PathBuf,
}

/// What a program said, and whether all of its tests passed.
pub(crate) struct Report {
    name: String,
    text: String,
    succeeded: bool,
}

/// How many tests ended how.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Builds the programs of a `cargo test` command that lacks `--no-run` and the tests' own arguments.
///
/// # Errors
/// When cargo fails.
pub(crate) fn build(mut command: Command) -> anyhow::Result<Vec<Program>> {
    command.args(["--no-run", "--message-format=json-render-diagnostics"]);
    progress::timed("Building the tests", || built(command))
}

/// Runs programs side by side, one for each core and one for the time in which the others wait; those that need the machine to
/// themselves come first, one by one. `equip` gives each what it needs besides what cargo would give it.
pub(crate) fn run(
    programs: Vec<Program>,
    equip: impl Fn(&mut Command) + Sync,
    arguments: &[String],
) -> Vec<Report> {
    progress::step(format_args!("Running {} test programs", programs.len()));
    let (alone, others): (Vec<_>, Vec<_>) = programs.into_iter().partition(Program::runs_alone);
    let reports = Mutex::new(Vec::new());
    let run = |program: Program| {
        let report = program.run(&equip, arguments);
        let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
        report.print();
        reports.push(report);
    };
    alone.into_iter().for_each(run);
    let queue = Mutex::new(others.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..=thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| iter::from_fn(next).for_each(run));
        }
    });
    reports.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Says what failed, in the tests' own words, and the sum of all in a test runner's closing line. Whether all passed.
pub(crate) fn close(reports: &[Report], start: Instant) -> bool {
    let failed: Vec<_> = reports.iter().filter(|report| !report.succeeded).collect();
    if !failed.is_empty() {
        progress::step("What failed");
    }
    for report in &failed {
        println!("\n     {}\n{}", report.name, report.failures());
    }
    let mut sum = Counts::default();
    for report in reports {
        let counts = Counts::read(&report.text);
        sum.passed += counts.passed;
        sum.failed += counts.failed;
        sum.ignored += counts.ignored;
    }
    let verdict = if failed.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\n{} test programs, {} of them failed\ntest result: {verdict}. {sum}; finished in {:.2}s",
        reports.len(),
        failed.len(),
        start.elapsed().as_secs_f64(),
    );
    failed.is_empty()
}

/// The programs that cargo built.
fn built(mut command: Command) -> anyhow::Result<Vec<Program>> {
    let mut process = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", cargo::shown(&command)))?;
    let output = process.stdout.take().context("no stdout")?;
    let mut programs = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line.context("reading what cargo says")?;
        if let Ok(message) = serde_json::from_str::<Value>(&line) {
            programs.extend(Program::of(&message));
        }
    }
    let status = process.wait()?;
    if !status.success() {
        bail!("`{}` failed ({status})", cargo::shown(&command));
    }
    Ok(programs)
}

impl Program {
    /// The file to run.
    pub(crate) fn executable(&self) -> &Path {
        &self.executable
    }

    /// The program that a message of cargo is about, if it is about one of tests.
    fn of(message: &Value) -> Option<Self> {
        let at = |pointer: &str| message.pointer(pointer);
        if at("/reason")? != "compiler-artifact" || at("/profile/test")? != true {
            return None;
        }
        let target = at("/target/name")?.as_str()?;
        let package = Path::new(at("/manifest_path")?.as_str()?).parent()?;
        Some(Self {
            name: format!("{target} ({})", package.file_name()?.display()),
            executable: at("/executable")?.as_str()?.into(),
            package: package.to_owned(),
        })
    }

    /// Whole apps have to answer in time, and the queue's leases and pauses run out while a test looks at them.
    fn runs_alone(&self) -> bool {
        ["runtime-tests/suites", "crates/platform"]
            .iter()
            .any(|package| self.package.ends_with(package))
    }

    fn run(&self, equip: impl Fn(&mut Command), arguments: &[String]) -> Report {
        let mut command = Command::new(&self.executable);
        command
            .args(arguments)
            .current_dir(&self.package)
            .env("CARGO_MANIFEST_DIR", &self.package)
            .stdin(Stdio::null());
        if self.runs_alone() {
            // It waits half of its time.
            let threads = 2 * thread::available_parallelism().map_or(2, usize::from);
            command.env("RUST_TEST_THREADS", threads.to_string());
        }
        equip(&mut command);
        // The thread that starts it waits for it, as the kernel's signal to the child asks.
        spindle_postgres::die_with_parent(&mut command);
        Report::of(self.name.clone(), command.output())
    }
}

impl Report {
    pub(crate) fn of(name: String, output: io::Result<Output>) -> Self {
        match output {
            Ok(output) => {
                let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
                // What services log is of interest where a test failed.
                if output.status.success() {
                    text = of_the_runner(&text);
                } else {
                    text.insert_str(0, &String::from_utf8_lossy(&output.stderr));
                }
                if output.status.code().is_none() {
                    text.push_str(&format!("\n{}\n", output.status));
                }
                Self {
                    name,
                    text,
                    succeeded: output.status.success(),
                }
            }
            Err(error) => Self {
                name,
                text: format!("did not start: {error}\n"),
                succeeded: false,
            },
        }
    }

    /// All that it said, in one piece.
    pub(crate) fn print(&self) {
        let mut out = stdout().lock();
        // Who reads our output no longer is not interested in this either.
        let _ = writeln!(out, "     Running {}\n{}", self.name, self.text.trim_end());
    }

    /// The words of the tests that failed; all words where it ended otherwise.
    fn failures(&self) -> &str {
        self.text
            .split_once(FAILURES)
            .map_or(self.text.as_str(), |(_, failures)| failures)
            .trim_end()
    }
}

/// The lines of the test runner itself; services on threads of their own write between them.
fn of_the_runner(text: &str) -> String {
    let lines = text.lines().filter(|line| {
        ["running ", "test ", "   Doc-tests "]
            .iter()
            .any(|start| line.starts_with(start))
    });
    lines.map(|line| format!("{line}\n")).collect()
}

impl Counts {
    /// The sum over the closing lines in a text; a program of documentation tests prints several.
    fn read(text: &str) -> Self {
        let mut sum = Self::default();
        for line in text
            .lines()
            .filter(|line| line.starts_with("test result: "))
        {
            for part in line.split([';', '.']) {
                let Some((number, kind)) = part.trim().split_once(' ') else {
                    continue;
                };
                let number = number.parse::<u64>().unwrap_or(0);
                match kind {
                    "passed" => sum.passed += number,
                    "failed" => sum.failed += number,
                    "ignored" => sum.ignored += number,
                    _ => {}
                }
            }
        }
        sum
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed; {} failed; {} ignored",
            self.passed, self.failed, self.ignored
        )
    }
}

#[cfg(test)]
mod tests {
    use std::env;

    use serde_json::json;

    use super::*;

    fn shell(script: &str) -> Report {
        let program = Program {
            name: "shell".to_owned(),
            executable: "sh".into(),
            package: env::temp_dir(),
        };
        program.run(|_| {}, &["-c".to_owned(), script.to_owned()])
    }

    #[test]
    fn only_programs_of_tests_are_run() {
        let artifact = |test: bool, executable: Value| {
            json!({
                "reason": "compiler-artifact",
                "manifest_path": "/house/crates/blog/Cargo.toml",
                "target": {"name": "postgres"},
                "profile": {"test": test},
                "executable": executable,
            })
        };
        let program = Program::of(&artifact(true, json!("/target/postgres-1"))).unwrap();
        assert_eq!(program.name, "postgres (blog)");
        assert_eq!(program.package, Path::new("/house/crates/blog"));
        assert!(Program::of(&artifact(false, json!("/target/postgres"))).is_none());
        assert!(Program::of(&artifact(true, Value::Null)).is_none());
        assert!(Program::of(&json!({"reason": "build-finished"})).is_none());
    }

    #[test]
    fn closing_lines_are_added_up() {
        let text = "test a ... ok\n\
                    test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 1.20s\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        let sum = Counts {
            passed: 4,
            failed: 2,
            ignored: 1,
        };
        assert_eq!(Counts::read(text), sum);
    }

    #[test]
    fn a_program_fails_by_its_code_by_a_signal_and_by_its_absence() {
        let failed = shell("printf 'test a ... FAILED\\n\\nfailures:\\n\\nwhy\\n'; exit 101");
        assert!(!failed.succeeded);
        assert_eq!(failed.failures().trim(), "why");
        let killed = shell("kill -9 $$");
        assert!(!killed.succeeded);
        assert!(killed.failures().contains("signal: 9"), "{}", killed.text);
        let absent = Report::of("x".to_owned(), Command::new("/nonexistent").output());
        assert!(!absent.succeeded);
        assert!(absent.failures().contains("did not start"));
        assert!(!close(&[failed, shell("true")], Instant::now()));
        assert!(close(&[shell("true")], Instant::now()));
    }
}
