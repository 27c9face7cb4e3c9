//! The application itself: on Spin where a new enough one is installed, else on our host.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::{build::Program, child::Child, progress, workspace::Workspace};

/// The first Spin whose WASI and Postgres interfaces the components can use.
const OLDEST_SPIN: (u32, u32) = (4, 1);
/// Requests under way may end first: the host drains for 10 s.
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// How long the first answer may take. A cold start compiles every component.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);

/// What runs `spin.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    Spin(String),
    Host,
}

impl Runner {
    pub(crate) fn choose() -> Self {
        let output = Command::new("spin")
            .arg("--version")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        let Ok(output) = output else {
            return Self::Host;
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        match version(&text) {
            Some(found) if found >= OLDEST_SPIN => Self::Spin(text.trim().to_owned()),
            _ => {
                progress::detail(format_args!(
                    "Spin {}.{} or later is needed, not {:?}: using our host",
                    OLDEST_SPIN.0,
                    OLDEST_SPIN.1,
                    text.trim()
                ));
                Self::Host
            }
        }
    }

    /// Starts the application and waits until it listens; answers its address.
    pub(crate) fn start(
        &self,
        workspace: &Workspace,
        state: &Path,
        listen: SocketAddr,
        variables: &[(String, String)],
    ) -> anyhow::Result<(Child, String)> {
        let mut command = match self {
            Self::Spin(version) => {
                progress::step(format_args!("Starting the app with {version}"));
                let mut command = Command::new("spin");
                command.arg("up");
                command
            }
            Self::Host => {
                progress::step("Starting the app with spindle-host");
                let mut command = Command::new(workspace.program(Program::Host.name()));
                command.arg("--die-with-parent");
                command
            }
        };
        command
            .current_dir(workspace.root())
            .arg("--from")
            .arg(workspace.manifest());
        command.arg("--state-dir").arg(state);
        command.args(["--listen", &listen.to_string(), "--format", "json"]);
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let (child, ready) = Child::start("the app", command, STOP_LIMIT)?;
        let base_url = ready
            .get("base_url")
            .and_then(serde_json::Value::as_str)
            .context("the app tells no base_url")?;
        Ok((child, base_url.trim_end_matches('/').to_owned()))
    }
}

/// Major and minor of `spin 4.1.0 (a1b2c3 2026-10-01)`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix("spin ")?.split(['.', '-', ' ']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Waits until the app says that it is ready, through `GET /health/ready`.
pub(crate) fn wait_until_ready(base_url: &str, app: &mut Child) -> anyhow::Result<()> {
    let server = base_url
        .strip_prefix("http://")
        .with_context(|| format!("{base_url} is not plain HTTP"))?;
    let deadline = Instant::now() + ANSWER_LIMIT;
    loop {
        let answer = get(server, "/health/ready");
        if answer
            .as_ref()
            .is_ok_and(|answer| status(answer) == Some(200))
        {
            return Ok(());
        }
        if let Some(status) = app.ended() {
            bail!("{} ended ({status})", app.name());
        }
        if Instant::now() > deadline {
            let last = answer.unwrap_or_else(|error| error.to_string());
            bail!(
                "GET {base_url}/health/ready does not answer 200 within {} s; the last answer: {last}",
                ANSWER_LIMIT.as_secs()
            );
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn get(server: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn status(answer: &str) -> Option<u16> {
    answer.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spins_version_is_read_with_and_without_a_suffix() {
        for (text, expected) in [
            ("spin 4.1.0 (a1b2c3d 2026-10-01)\n", Some((4, 1))),
            ("spin 4.1.0-pre0 (a1b2c3d 2026-10-01)\n", Some((4, 1))),
            ("spin 3.6.2", Some((3, 6))),
            ("SPIN Version 6.5.2 -- model checker", None),
        ] {
            assert_eq!(version(text), expected, "{text}");
        }
    }

    #[test]
    fn the_status_is_the_second_word_of_an_answer() {
        assert_eq!(
            status("HTTP/1.1 503 Service Unavailable\r\n\r\n{}"),
            Some(503)
        );
        assert_eq!(status(""), None);
    }
}
