//! Under which account Postgres runs: it refuses root, and an account that nobody has listed.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

/// `nobody`, on every distribution.
const NOBODY: u32 = 65534;

/// How a Postgres program is to be run so that it accepts its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// As we are.
    Own,
    /// In a user namespace where we are called `nobody`; files stay ours.
    Mapped,
    /// As `nobody` indeed; its files must be reachable for it.
    Nobody,
}

impl Account {
    /// The account that works here, tried out with `trial --version`.
    pub(crate) fn choose(mut trial: Command) -> anyhow::Result<Self> {
        let user = rustix::process::getuid().as_raw();
        if user != 0 && is_listed(user) {
            return Ok(Self::Own);
        }
        if cfg!(target_os = "linux") {
            trial
                .arg("--version")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            Self::Mapped.apply(&mut trial);
            if trial.status().is_ok_and(|status| status.success()) {
                return Ok(Self::Mapped);
            }
        }
        if user == 0 {
            return Ok(Self::Nobody);
        }
        bail!(
            "user {user} has no entry in /etc/passwd, which Postgres demands, and user namespaces are not allowed here: \
             add the entry, or give the address of a running server in DATABASE_URL"
        )
    }

    /// Makes `command` run under this account.
    pub(crate) fn apply(self, command: &mut Command) {
        match self {
            Self::Own => {}
            Self::Mapped => enter_namespace(command),
            Self::Nobody => {
                command.uid(NOBODY).gid(NOBODY);
            }
        }
    }

    /// Where the server's files are to lie so that this account reaches them, when they were asked for in `directory`.
    pub(crate) fn reachable(self, directory: &Path) -> PathBuf {
        if self != Self::Nobody || is_open_to_all(directory) {
            return directory.to_owned();
        }
        Path::new("/var/tmp").join(format!("spindle-postgres{}", as_name(directory)))
    }

    /// Gives a folder or file to the account.
    pub(crate) fn own(self, path: &Path) -> anyhow::Result<()> {
        if self == Self::Nobody {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY))
                .with_context(|| format!("giving {} to nobody", path.display()))?;
        }
        Ok(())
    }
}

/// Whether the account has an entry in the user list. One from a directory service counts as absent, which costs
/// nothing: mapping works for it too.
fn is_listed(user: u32) -> bool {
    fs::read_to_string("/etc/passwd")
        .unwrap_or_default()
        .lines()
        .any(|line| line.split(':').nth(2) == Some(user.to_string().as_str()))
}

/// Whether strangers may pass through every folder on the way.
pub(crate) fn is_open_to_all(path: &Path) -> bool {
    path.ancestors().skip(1).all(|folder| {
        folder.as_os_str().is_empty()
            || fs::metadata(folder)
                .is_ok_and(|entry| entry.permissions().mode() & 0o001 != 0 || entry.uid() == NOBODY)
            || !folder.exists()
    })
}

#[cfg(target_os = "linux")]
fn enter_namespace(command: &mut Command) {
    use rustix::{
        fs::{Mode, OFlags, open},
        io::write,
        thread::{UnshareFlags, unshare_unsafe},
    };

    let users = format!("{NOBODY} {} 1", rustix::process::geteuid().as_raw());
    let groups = format!("{NOBODY} {} 1", rustix::process::getegid().as_raw());
    let enter = move || {
        #[expect(
            unsafe_code,
            reason = "a user namespace of its own takes nothing away from other threads: the child has only one"
        )]
        unsafe { unshare_unsafe(UnshareFlags::NEWUSER) }?;
        let put = |file: &std::ffi::CStr, text: &[u8]| -> rustix::io::Result<()> {
            let file = open(file, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
            write(&file, text).map(drop)
        };
        put(c"/proc/self/uid_map", users.as_bytes())?;
        // A group map may be written only by a process that has given up setgroups (user_namespaces(7)).
        put(c"/proc/self/setgroups", b"deny")?;
        put(c"/proc/self/gid_map", groups.as_bytes())?;
        Ok(())
    };
    #[expect(
        unsafe_code,
        reason = "runs between fork and exec: only async-signal-safe system calls, no allocation"
    )]
    unsafe {
        command.pre_exec(enter);
    }
}

#[cfg(not(target_os = "linux"))]
fn enter_namespace(_command: &mut Command) {}

/// A path as a part of a file's name.
pub(crate) fn as_name(path: &Path) -> String {
    path.to_string_lossy()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_under_a_closed_home_is_not_open_to_all() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("project/data");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!is_open_to_all(&folder));
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(is_open_to_all(&folder));
    }

    #[test]
    fn only_the_account_nobody_moves_its_files() {
        let closed = tempfile::tempdir().unwrap();
        fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let folder = closed.path().join("postgres");
        assert_eq!(Account::Own.reachable(&folder), folder);
        assert_eq!(Account::Mapped.reachable(&folder), folder);
        assert!(Account::Nobody.reachable(&folder).starts_with("/var/tmp"));
    }
}
