//! The data folder: made once, refused when it belongs to another version.

use std::{
    fs,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use crate::{account::Account, binaries::Binaries, template};

/// The superuser of every cluster made here.
pub(crate) const OWNER: &str = "postgres";

/// The folder of a server: its data and what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("server.log")
    }

    /// The owner's password, if the cluster demands one.
    pub(crate) fn password(&self) -> Option<String> {
        fs::read_to_string(self.password_file())
            .ok()
            .map(|text| text.trim().to_owned())
    }

    /// The port of the last start.
    pub(crate) fn port(&self) -> Option<u16> {
        fs::read_to_string(self.0.join("port"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    pub(crate) fn keep_port(&self, port: u16) -> anyhow::Result<()> {
        fs::write(self.0.join("port"), format!("{port}\n")).context("keeping the port")
    }

    /// The major version that made the data, `None` while there is none.
    pub(crate) fn major(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("PG_VERSION"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    fn password_file(&self) -> PathBuf {
        self.0.join("password")
    }
}

/// What a new cluster is made with.
pub(crate) struct Making<'a> {
    pub(crate) binaries: &'a Binaries,
    pub(crate) account: Account,
    pub(crate) with_password: bool,
    pub(crate) durable: bool,
    pub(crate) database: Option<&'a str>,
}

impl Making<'_> {
    /// Makes the cluster under another name and moves it into place, so that a data folder is always a whole one.
    pub(crate) fn run(&self, folder: &Folder) -> anyhow::Result<()> {
        let partial = folder.0.join("data.partial");
        if partial.exists() {
            fs::remove_dir_all(&partial)
                .with_context(|| format!("removing {}", partial.display()))?;
        }
        fs::create_dir(&partial).with_context(|| format!("creating {}", partial.display()))?;
        fs::set_permissions(&partial, fs::Permissions::from_mode(0o700))?;
        self.account.own(&partial)?;
        let password = folder.password_file();
        if self.with_password {
            write_password(&password)?;
            self.account.own(&password)?;
        } else if password.exists() {
            fs::remove_file(&password)?;
        }
        // Without a secret and a promise to the disk one is like the other.
        let alike = !self.with_password && !self.durable;
        if !(alike && template::copy(self.binaries, &partial, self.account)?) {
            self.fill(&partial, &password)?;
            if alike {
                template::keep(self.binaries, &partial);
            }
        }
        if let Some(database) = self.database {
            self.create_database(&partial, database)?;
        }
        fs::rename(&partial, folder.data()).context("moving the new data folder into place")
    }

    /// Bytewise order serves prefix searches from a plain index; letters beyond ASCII still have two cases.
    fn fill(&self, data: &Path, password: &Path) -> anyhow::Result<()> {
        let outcome = self.initdb(data, password, "C.UTF-8");
        if outcome
            .as_ref()
            .is_err_and(|error| error.to_string().contains("locale"))
        {
            return self.initdb(data, password, "C");
        }
        outcome
    }

    fn initdb(&self, data: &Path, password: &Path, letters: &str) -> anyhow::Result<()> {
        let mut command = self.command("initdb");
        command
            .arg("-D")
            .arg(data)
            .args(["-U", OWNER, "-E", "UTF8", "--locale=C"])
            .arg(format!("--lc-ctype={letters}"));
        if self.with_password {
            command
                .arg("-A")
                .arg("scram-sha-256")
                .arg("--pwfile")
                .arg(password);
        } else {
            command.args(["-A", "trust"]);
        }
        if !self.durable {
            command.arg("--no-sync");
        }
        let output = command
            .stdin(Stdio::null())
            .output()
            .context("starting initdb")?;
        if !output.status.success() {
            bail!(
                "initdb: {}\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    }

    /// In single-user mode, which needs no password and no port.
    fn create_database(&self, data: &Path, name: &str) -> anyhow::Result<()> {
        let mut command = self.command("postgres");
        command.args(["--single", "-D"]).arg(data);
        if !self.durable {
            command.args(["-c", "fsync=off"]);
        }
        command
            .arg("postgres")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .context("starting postgres in single-user mode")?;
        if let Some(mut input) = child.stdin.take() {
            writeln!(input, "create database \"{}\"", name.replace('"', "\"\""))?;
        }
        let output = child.wait_with_output()?;
        let messages = String::from_utf8_lossy(&output.stderr);
        // It ends with 0 after a failed statement too.
        if !output.status.success() || messages.contains("ERROR:") || messages.contains("FATAL:") {
            bail!(
                "creating the database {name}: {}\n{}",
                output.status,
                messages.trim()
            );
        }
        Ok(())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.binaries.command(program);
        self.account.apply(&mut command);
        command.current_dir("/");
        command
    }
}

/// 192 random bits, in letters that need no escaping in an address.
fn write_password(file: &Path) -> anyhow::Result<()> {
    let mut random = [0; 24];
    getrandom::fill(&mut random)?;
    let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options
        .open(file)
        .with_context(|| format!("creating {}", file.display()))?;
    writeln!(file, "{text}")?;
    Ok(())
}
