//! Ties a child process to the life of this one.

use std::process::Command;

/// Makes the kernel send SIGINT to the child when the thread that spawns it ends, however this process dies.
///
/// It is the thread that counts, not the process: spawn from one that lives as long as the child shall. Does nothing
/// outside Linux.
pub fn die_with_parent(command: &mut Command) {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::CommandExt;

        let parent = rustix::process::getpid();
        let tie = move || {
            use rustix::process::{Signal, getppid, set_parent_process_death_signal};
            set_parent_process_death_signal(Some(Signal::INT))?;
            // The parent may have died before the call above.
            if getppid() == Some(parent) {
                Ok(())
            } else {
                Err(rustix::io::Errno::SRCH.into())
            }
        };
        #[expect(
            unsafe_code,
            reason = "runs between fork and exec: only async-signal-safe system calls, no allocation"
        )]
        unsafe {
            command.pre_exec(tie);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = command;
}
