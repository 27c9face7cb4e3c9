//! Reads packages of Debian suites that this machine is not set up for, and unpacks them without installing anything.
//!
//! A configuration of our own lies beside the machine's, which is only read: for the mirrors that it uses.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};

use crate::sources::Mirrors;

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A private view of a Debian archive.
pub struct Archive {
    folder: PathBuf,
}

impl Archive {
    /// Fetches the package lists of some suites into `folder`, which also holds what is unpacked.
    ///
    /// # Errors
    /// When this machine isn't a Debian, or the lists can't be fetched or verified.
    pub fn read(folder: &Path, suites: &[&str]) -> anyhow::Result<Self> {
        let mirrors = Mirrors::of_machine().context(
            "this machine's apt names no mirror of the Debian archive in /etc/apt/sources.list or sources.list.d",
        )?;
        if !Path::new(KEYRING).exists() {
            bail!("{KEYRING} is missing: install the package debian-archive-keyring");
        }
        for part in ["lists/partial", "cache/archives/partial", "packages"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let sources: String = suites
            .iter()
            .map(|suite| {
                let mirror = mirrors.of_suite(suite);
                format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n")
            })
            .collect();
        fs::write(folder.join("sources.list"), sources)?;
        let archive = Self {
            folder: folder.to_owned(),
        };
        let output = archive
            .command("apt-get")
            // A list that can't be fetched is only warned of otherwise, and its packages then seem not to be.
            .args(["--quiet", "-o", "APT::Update::Error-Mode=any", "update"])
            .output()
            .context("starting apt-get")?;
        if !output.status.success() {
            bail!(
                "apt-get update: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(archive)
    }

    /// The versions of a package, best first, as apt lists them; none if it is unknown.
    ///
    /// # Errors
    /// When apt doesn't start.
    pub fn versions(&self, package: &str) -> anyhow::Result<Vec<String>> {
        let output = self
            .command("apt-cache")
            .args(["madison", package])
            .output()
            .context("starting apt-cache")?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text
            .lines()
            .filter_map(|line| line.split('|').nth(1))
            .map(|version| version.trim().to_owned())
            .collect())
    }

    /// What installing a package would install, itself included: `name=version`. Nothing that the machine has already.
    ///
    /// # Errors
    /// When the package is unknown.
    pub fn missing_for(&self, package: &str) -> anyhow::Result<Vec<String>> {
        let mut simulation = self.command("apt-get");
        simulation.args(["install", "--simulate", "--no-install-recommends", package]);
        let output = run(&mut simulation)?;
        // Inst libpq5 (15.20-0+deb12u1 Debian:12/stable [amd64])
        let mut packages = Vec::new();
        for line in output.lines() {
            let mut words = line.split_whitespace();
            if words.next() == Some("Inst")
                && let Some(name) = words.next()
                && let Some(version) = words.find_map(|word| word.strip_prefix('('))
            {
                packages.push(format!("{name}={version}"));
            }
        }
        Ok(packages)
    }

    /// Downloads packages, `name` or `name=version`, and unpacks them into one folder, which is answered.
    ///
    /// # Errors
    /// When one is unknown, or can't be fetched, verified or unpacked.
    pub fn unpack(&self, packages: &[String]) -> anyhow::Result<PathBuf> {
        let downloads = self.folder.join("packages");
        let mut download = self.command("apt-get");
        download
            .args(["--quiet", "download"])
            .args(packages)
            .current_dir(&downloads);
        run(&mut download)?;
        let root = self.folder.join("root");
        for entry in fs::read_dir(&downloads)? {
            let package = entry?.path();
            run(Command::new("dpkg-deb")
                .arg("--extract")
                .arg(&package)
                .arg(&root))?;
            fs::remove_file(&package)?;
        }
        Ok(root)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let mut option = |name: &str, value: &Path| {
            command.arg("-o").arg(format!("{name}={}", value.display()));
        };
        option("Dir::Etc::sourcelist", &self.folder.join("sources.list"));
        option("Dir::Etc::sourceparts", Path::new("-"));
        option("Dir::State::lists", &self.folder.join("lists"));
        option("Dir::Cache", &self.folder.join("cache"));
        option("Acquire::Languages", Path::new("none"));
        if rustix::process::geteuid().is_root() {
            // apt's own account can't enter root's folders.
            option("APT::Sandbox::User", Path::new("root"));
        }
        command.env("LC_ALL", "C");
        command
    }
}

/// Runs a command and answers its output; its messages are shown only if it fails.
fn run(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("starting {name}"))?;
    if !output.status.success() {
        let messages = String::from_utf8_lossy(&output.stderr);
        bail!("{name} failed ({}): {}", output.status, messages.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
