//! What a running server says of itself in `postmaster.pid`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use rustix::process::{Pid, test_kill_process};

/// The lock file of a data folder.
pub(crate) struct Postmaster {
    file: PathBuf,
    text: String,
    pub(crate) pid: Pid,
}

impl Postmaster {
    /// The lock file, if one is there and whole.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        let file = data.join("postmaster.pid");
        let text = fs::read_to_string(&file).ok()?;
        let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?)?;
        Some(Self { file, text, pid })
    }

    /// The port, line 4.
    pub(crate) fn port(&self) -> Option<u16> {
        self.text.lines().nth(3)?.trim().parse().ok()
    }

    /// Whether connections are accepted, line 8. A stale file says so too: ask [`Self::is_running`] as well.
    pub(crate) fn is_ready(&self) -> bool {
        self.text
            .lines()
            .nth(7)
            .is_some_and(|status| status.trim() == "ready")
    }

    /// Whether the process named is alive and is this folder's server: a server's working folder is its data folder.
    pub(crate) fn is_running(&self) -> bool {
        if test_kill_process(self.pid).is_err_and(|error| error == rustix::io::Errno::SRCH) {
            return false;
        }
        match fs::read_link(format!("/proc/{}/cwd", self.pid.as_raw_nonzero())) {
            Ok(folder) => {
                self.file
                    .parent()
                    .and_then(|data| fs::canonicalize(data).ok())
                    == Some(folder)
            }
            // No /proc here, or a process that we may not look into: believe the file.
            Err(_) => true,
        }
    }

    /// Marks a lock file whose process number now belongs to somebody else as stale.
    ///
    /// Removing the file would take away Postgres's own check that no process of the dead server still uses the
    /// memory named in it. A file that names the new server's parent, us, counts as stale and keeps that check.
    pub(crate) fn disown(&self) -> anyhow::Result<()> {
        let rest = self.text.split_once('\n').map_or("", |(_, rest)| rest);
        fs::write(&self.file, format!("{}\n{rest}", std::process::id()))
            .with_context(|| format!("marking {} as stale", self.file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock_file(pid: u32) -> (tempfile::TempDir, Postmaster) {
        let data = tempfile::tempdir().unwrap();
        let text = format!("{pid}\n/data\n1700000000\n21000\n\n127.0.0.1\n  0  0\nready   \n");
        fs::write(data.path().join("postmaster.pid"), text).unwrap();
        let postmaster = Postmaster::read(data.path()).unwrap();
        (data, postmaster)
    }

    #[test]
    fn port_and_state_are_read_from_their_lines() {
        let (_data, postmaster) = lock_file(std::process::id());
        assert_eq!(postmaster.port(), Some(21000));
        assert!(postmaster.is_ready());
    }

    #[test]
    fn a_process_that_works_elsewhere_is_not_the_server() {
        let (_data, postmaster) = lock_file(std::process::id());
        assert!(!postmaster.is_running());
    }

    #[test]
    fn disowning_keeps_all_but_the_process_number() {
        let (data, postmaster) = lock_file(1);
        postmaster.disown().unwrap();
        let after = Postmaster::read(data.path()).unwrap();
        assert_eq!(
            after.pid.as_raw_nonzero().get().unsigned_abs(),
            std::process::id()
        );
        assert_eq!(after.port(), Some(21000));
    }

    #[test]
    fn a_half_written_lock_file_is_no_server() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("postmaster.pid"), "").unwrap();
        assert!(Postmaster::read(data.path()).is_none());
    }
}
