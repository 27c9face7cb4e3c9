//! Folders of servers that live no longer than a process.

use std::{env, fs, path::Path};

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use crate::postmaster::Postmaster;

const PREFIX: &str = "spindle-postgres-";

/// A new folder under the machine's temporary one, removed with the value.
pub(crate) fn folder() -> anyhow::Result<TempDir> {
    let parent = env::temp_dir();
    sweep(&parent);
    Ok(tempfile::Builder::new()
        .prefix(&format!("{PREFIX}{}-", std::process::id()))
        .tempdir_in(parent)?)
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
