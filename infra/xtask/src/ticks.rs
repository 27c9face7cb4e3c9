//! The schedule of `[application.tool.spindle]`, which our host keeps by itself and Spin ignores.

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use anyhow::Context;

use crate::{env_file::EnvFile, secrets::variable, workspace::Workspace};

const EVERY: Duration = Duration::from_secs(1);
const PATH: &str = "/internal/worker/tick";
/// A tick answers within 55 s.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Ticks for as long as this program runs. What one that fails leaves behind, the next finds.
///
/// # Errors
/// When the address is not plain HTTP, or nothing says the worker's token.
pub(crate) fn start(workspace: &Workspace, base_url: &str) -> anyhow::Result<()> {
    let server = base_url
        .strip_prefix("http://")
        .with_context(|| format!("{base_url} is not plain HTTP"))?
        .to_owned();
    let name = variable("worker_token");
    let file = EnvFile::read(&workspace.env_file())?;
    let token = env::var(&name)
        .ok()
        .or_else(|| file.get(&name).map(str::to_owned))
        .with_context(|| format!("{name} is neither in the environment nor in .env"))?;
    thread::spawn(move || {
        loop {
            thread::sleep(EVERY);
            // Spin tells what is wrong with it, and its end ends us.
            let _ = tick(&server, &token);
        }
    });
    Ok(())
}

fn tick(server: &str, token: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    write!(
        stream,
        "POST {PATH} HTTP/1.1\r\nhost: {server}\r\nauthorization: Bearer {token}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn it_is_the_schedule_of_the_manifest() {
        let workspace = Workspace::find().unwrap();
        let manifest: toml::Table = fs::read_to_string(workspace.manifest())
            .unwrap()
            .parse()
            .unwrap();
        let tick = &manifest["application"]["tool"]["spindle"]["tick"];
        let every = format!("{}s", EVERY.as_secs());
        assert_eq!(tick["every"].as_str(), Some(every.as_str()));
        assert_eq!(tick["path"].as_str(), Some(PATH));
        assert_eq!(tick["bearer"].as_str(), Some("{{ worker_token }}"));
    }
}
