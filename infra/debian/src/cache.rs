//! Where downloads are kept.

use std::{
    env,
    path::{Path, PathBuf},
};

/// In the user's cache, or in the machine's for root, whose home other accounts can't enter.
pub fn cache_folder() -> Option<PathBuf> {
    let chosen = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = match chosen.filter(|folder| folder.is_absolute()) {
        Some(folder) => folder,
        None if rustix::process::geteuid().is_root() => PathBuf::from("/var/cache"),
        None => Path::new(&env::var_os("HOME")?).join(".cache"),
    };
    Some(cache.join("spindle"))
}
