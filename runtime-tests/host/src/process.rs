//! This process among others.

use anyhow::{Context, Result};

/// Has the kernel end this process when the thread that started it ends, however that happens. A parent that has
/// already gone is noticed too.
#[cfg(target_os = "linux")]
pub fn die_with_parent() -> Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    let parent = getppid();
    set_parent_process_death_signal(Some(Signal::TERM)).context("--die-with-parent")?;
    anyhow::ensure!(
        getppid() == parent,
        "--die-with-parent: the parent has already ended"
    );
    Ok(())
}

/// Elsewhere a thread looks whether this process was handed to another parent.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn die_with_parent() -> Result<()> {
    let parent = std::os::unix::process::parent_id();
    std::thread::Builder::new()
        .name("parent".to_owned())
        .spawn(move || {
            while std::os::unix::process::parent_id() == parent {
                std::thread::sleep(std::time::Duration::from_millis(500));
            }
            std::process::exit(0);
        })
        .context("--die-with-parent")?;
    Ok(())
}
