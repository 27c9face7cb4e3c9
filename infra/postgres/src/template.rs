//! What initdb makes for a server that forgets, kept in the cache: the same each time, and a second of CPU time, where a copy of it
//! takes a tenth.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{
    account::{Account, as_name},
    backup::copy_tree,
    binaries::Binaries,
};

/// Part of the name: another one for each change of what initdb is told.
const GENERATION: u32 = 1;

/// Copies what these programs made earlier to `data`, for the account; answers whether there was anything.
pub(crate) fn copy(binaries: &Binaries, data: &Path, account: Account) -> anyhow::Result<bool> {
    match folder(binaries) {
        Some(folder) => copy_from(&folder, data, account),
        None => Ok(false),
    }
}

/// Keeps a copy of what these programs have just made. Where that cannot be, the next one is made anew.
pub(crate) fn keep(binaries: &Binaries, data: &Path) {
    if let Some(folder) = folder(binaries) {
        let _ = keep_at(&folder, data);
    }
}

/// One for each version at each place.
fn folder(binaries: &Binaries) -> Option<PathBuf> {
    let place = as_name(&binaries.program(""));
    let name = format!("cluster-{GENERATION}-{}{place}", binaries.version());
    Some(spindle_debian::cache_folder()?.join(name))
}

fn copy_from(folder: &Path, data: &Path, account: Account) -> anyhow::Result<bool> {
    let found = folder.join("PG_VERSION").exists();
    if found {
        copy_tree(folder, data, account)?;
    }
    Ok(found)
}

/// Under another name first, so that a folder is always a whole one. The first of several runs at once is kept.
fn keep_at(folder: &Path, data: &Path) -> anyhow::Result<()> {
    let parent = folder.parent().context("the cache has no parent folder")?;
    fs::create_dir_all(parent)?;
    let work = tempfile::Builder::new()
        .prefix(".cluster-")
        .tempdir_in(parent)?;
    let copied = work.path().join("data");
    copy_tree(data, &copied, Account::Own)?;
    fs::rename(&copied, folder)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_whole_and_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let [kept, made, other, copied] =
            ["cache/kept", "made", "other", "copied"].map(|name| home.path().join(name));
        assert!(!copy_from(&kept, &copied, Account::Own).unwrap());
        for (folder, text) in [(&made, "15\n"), (&other, "16\n")] {
            fs::create_dir_all(folder.join("pg_wal/archive_status")).unwrap();
            fs::write(folder.join("PG_VERSION"), text).unwrap();
        }
        keep_at(&kept, &made).unwrap();
        assert!(keep_at(&kept, &other).is_err());
        assert!(copy_from(&kept, &copied, Account::Own).unwrap());
        assert_eq!(
            fs::read_to_string(copied.join("PG_VERSION")).unwrap(),
            "15\n"
        );
        assert!(copied.join("pg_wal/archive_status").is_dir());
        assert_eq!(fs::read_dir(home.path().join("cache")).unwrap().count(), 1);
    }
}
