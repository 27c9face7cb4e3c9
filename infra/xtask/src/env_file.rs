//! The ignored file `.env`, from which Spin, our host and these commands take development's secrets.

use std::{
    fs,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;

const HEADING: &str = "# Secrets of this machine's development set-up, made by `cargo xtask setup`. Never commit this file.\n\
                       # A line that stands here is kept; delete one to have it made anew.\n";

/// The lines of `.env`.
pub(crate) struct EnvFile {
    path: PathBuf,
    text: String,
}

impl EnvFile {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    /// The value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.text.lines().find_map(|line| value_of(line, name))
    }

    /// Adds a line; one that is there stays.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        if self.get(name).is_some() {
            return;
        }
        if self.text.is_empty() {
            self.text.push_str(HEADING);
        } else if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(&format!("{name}={value}\n"));
    }

    /// Puts another value in the place of the old one.
    pub(crate) fn replace(&mut self, name: &str, value: &str) {
        let lines: Vec<String> = self
            .text
            .lines()
            .map(|line| {
                if value_of(line, name).is_some() {
                    format!("{name}={value}")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        self.text = lines.join("\n") + "\n";
    }

    /// Writes the file, readable for its owner alone.
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        let failed = || format!("writing {}", self.path.display());
        let partial = self.path.with_extension("partial");
        let _ = fs::remove_file(&partial);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&partial)
            .with_context(failed)?;
        file.write_all(self.text.as_bytes()).with_context(failed)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))
            .with_context(failed)?;
        fs::rename(&partial, &self.path).with_context(failed)
    }
}

fn value_of<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let line = line.trim_start();
    let (key, value) = line
        .strip_prefix("export ")
        .unwrap_or(line)
        .split_once('=')?;
    (key.trim() == name).then(|| value.trim().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_stands_there_is_kept_and_a_new_one_follows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, "# mine\nSPIN_VARIABLE_OTP_KEY=\"chosen\"").unwrap();
        let mut file = EnvFile::read(&path).unwrap();
        file.add("SPIN_VARIABLE_OTP_KEY", "made");
        file.add("SPIN_VARIABLE_CURSOR_KEY", "1:ab+/=");
        file.write().unwrap();
        let file = EnvFile::read(&path).unwrap();
        assert_eq!(file.get("SPIN_VARIABLE_OTP_KEY"), Some("chosen"));
        assert_eq!(file.get("SPIN_VARIABLE_CURSOR_KEY"), Some("1:ab+/="));
        assert!(file.text.starts_with("# mine\n"));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn replacing_changes_one_line_alone() {
        let mut file = EnvFile {
            path: PathBuf::new(),
            text: "A=1\nB=2\nAB=3\n".into(),
        };
        file.replace("A", "9");
        assert_eq!(file.text, "A=9\nB=2\nAB=3\n");
    }
}
