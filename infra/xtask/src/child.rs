//! A program that runs as long as this one: started out of the terminal's reach, stopped in our order.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    process::{Child as Process, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::cargo;

/// How long a program may take to say that it is ready.
const START_LIMIT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(5);

/// A running program.
pub(crate) struct Child {
    name: &'static str,
    process: Process,
    stop_limit: Duration,
}

impl Child {
    /// Starts a program that says on stdout, as a document of JSON, when it is ready: our host in one line, Spin in many. All
    /// else goes on to ours.
    ///
    /// The program gets a process group of its own: Ctrl-C in the terminal reaches us alone, and we stop what runs in the
    /// right order. The kernel stops it when we die.
    pub(crate) fn start(
        name: &'static str,
        mut command: Command,
        stop_limit: Duration,
    ) -> anyhow::Result<(Self, Value)> {
        spindle_postgres::die_with_parent(&mut command);
        let mut process = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", cargo::shown(&command)))?;
        let output = process.stdout.take().context("no stdout")?;
        let mut child = Self {
            name,
            process,
            stop_limit,
        };
        let (send, ready) = mpsc::channel();
        thread::spawn(move || {
            let mut begun = String::new();
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                begun.push_str(&line);
                match serde_json::from_str::<Value>(&begun) {
                    Ok(value) if value.get("base_url").is_some() => {
                        // The receiver goes after the first.
                        let _ = send.send(value);
                    }
                    Err(error) if error.is_eof() && begun.starts_with('{') => {
                        begun.push('\n');
                        continue;
                    }
                    _ => println!("{begun}"),
                }
                begun.clear();
            }
            print!("{begun}");
        });
        match ready.recv_timeout(START_LIMIT) {
            Ok(value) => Ok((child, value)),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let status = child.process.wait()?;
                bail!("{name} ended before it was ready ({status}); its message is above")
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.stop();
                bail!("{name} was not ready within {} s", START_LIMIT.as_secs())
            }
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().ok().flatten()
    }

    /// SIGTERM, and SIGKILL to what is left when its time is up.
    pub(crate) fn stop(&mut self) {
        self.signal(Signal::TERM);
        let deadline = Instant::now() + self.stop_limit;
        while self.ended().is_none() {
            if Instant::now() > deadline {
                self.signal(Signal::KILL);
                let _ = self.process.wait();
                return;
            }
            thread::sleep(POLL);
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw)
        {
            // It may have ended already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_is_ready_when_it_prints_its_address() {
        let script = r#"echo starting; echo '{"base_url":"http://localhost:1"}'; exec sleep 60"#;
        let (mut child, ready) =
            Child::start("server", shell(script), Duration::from_secs(5)).unwrap();
        assert_eq!(ready["base_url"], "http://localhost:1");
        assert!(child.ended().is_none());
        child.stop();
        assert!(child.ended().is_some());
    }

    #[test]
    fn a_program_may_spread_its_address_over_lines_as_spin_does() {
        let script = r#"printf '{\n  "base_url": "http://localhost:2",\n  "routes": [\n    {}\n  ]\n}\n'; exec sleep 60"#;
        let (child, ready) = Child::start("server", shell(script), Duration::from_secs(5)).unwrap();
        assert_eq!(ready["base_url"], "http://localhost:2");
        drop(child);
    }

    #[test]
    fn a_program_that_ends_before_it_is_ready_is_named() {
        let failed = Child::start("server", shell("exit 3"), Duration::from_secs(5))
            .err()
            .unwrap()
            .to_string();
        assert!(
            failed.contains("server ended before it was ready"),
            "{failed}"
        );
    }

    #[test]
    fn a_program_that_ignores_the_request_is_killed() {
        let script = r#"trap '' TERM; echo '{"base_url":"x"}'; while :; do sleep 1; done"#;
        let (mut child, _) =
            Child::start("server", shell(script), Duration::from_millis(100)).unwrap();
        child.stop();
        assert!(child.ended().is_some());
    }
}
