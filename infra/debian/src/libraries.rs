//! Shared libraries of packages that are unpacked, not installed: the loader has to be told where they are.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folders of shared libraries below the root of unpacked packages, for `LD_LIBRARY_PATH`.
pub fn library_folders(root: &Path) -> Vec<PathBuf> {
    ["usr/lib", "lib"]
        .iter()
        .filter_map(|folder| fs::read_dir(root.join(folder)).ok())
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().contains("-linux-gnu"))
        })
        .collect()
}
