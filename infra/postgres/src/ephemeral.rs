//! Folders of servers that live no longer than a process.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use crate::postmaster::Postmaster;

const PREFIX: &str = "spindle-postgres-";

/// Linux' file system in memory.
const MEMORY: &str = "/dev/shm";
/// Bytes that the largest test run leaves there, generously: a few hundred databases of 13 MB.
const ENOUGH: u64 = 8 << 30;

/// A new folder, removed with the value: in memory where there is plenty, else under the machine's temporary one.
pub(crate) fn folder() -> anyhow::Result<TempDir> {
    let parent = match env::var_os("TMPDIR") {
        None if has_plenty(Path::new(MEMORY)) => PathBuf::from(MEMORY),
        _ => env::temp_dir(),
    };
    sweep(&parent);
    Ok(tempfile::Builder::new()
        .prefix(&format!("{PREFIX}{}-", std::process::id()))
        .tempdir_in(parent)?)
}

/// Whether the folder may hold [`ENOUGH`], and the machine has twice that to spare.
fn has_plenty(folder: &Path) -> bool {
    let room = rustix::fs::statvfs(folder)
        .map_or(0, |system| system.f_bavail.saturating_mul(system.f_frsize));
    let spare = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| available(&text))
        .unwrap_or(0);
    room >= ENOUGH && spare >= 2 * ENOUGH && tempfile::tempfile_in(folder).is_ok()
}

/// Bytes, of Linux' table of memory.
fn available(table: &str) -> Option<u64> {
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

/// Removes what killed processes left: a value in a static is never dropped, nor is one in a killed process.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(owner);
        let abandoned = owner
            .is_some_and(|owner| test_kill_process(owner) == Err(rustix::io::Errno::SRCH))
            && !Postmaster::read(&entry.path().join("data"))
                .is_some_and(|server| server.is_running());
        if abandoned {
            // Another account's folder stays; it is not ours to remove.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The process that made a folder of this name.
fn owner(name: &str) -> Option<Pid> {
    Pid::from_raw(name.strip_prefix(PREFIX)?.split('-').next()?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_available_is_read() {
        let table = "MemTotal:       24689764 kB\nMemAvailable:   23068672 kB\n";
        assert_eq!(available(table), Some(22 << 30));
        assert_eq!(available("MemTotal: 1 kB"), None);
    }

    #[test]
    fn a_folder_of_a_dead_process_is_swept_and_one_of_a_living_stays() {
        let parent = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let dead = parent.path().join(format!("{PREFIX}{}-a", child.id()));
        let living = parent
            .path()
            .join(format!("{PREFIX}{}-b", std::process::id()));
        let foreign = parent.path().join("spindle-postgres-notes");
        for folder in [&dead, &living, &foreign] {
            fs::create_dir(folder).unwrap();
        }
        sweep(parent.path());
        assert_eq!(
            [dead.exists(), living.exists(), foreign.exists()],
            [false, true, true]
        );
    }
}
