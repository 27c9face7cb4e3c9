//! Whole copies of a server's data, and their way back.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use crate::{account::Account, binaries::Binaries, cluster::Folder, postmaster::Postmaster};

/// Copies all data of the running server at `url`, an owner's address, to `folder`, which is made, and compares every file of the
/// copy with what the server said of it. A copy that is there under its name is whole.
///
/// # Errors
/// When something is there already, when the server refuses, and when a file of the copy is not what it should be.
pub fn back_up(url: &str, folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        bail!("{} is there already: name another folder", folder.display());
    }
    let binaries = Binaries::find(None)?;
    let partial = beside(folder, "partial")?;
    if partial.exists() {
        fs::remove_dir_all(&partial).with_context(|| format!("removing {}", partial.display()))?;
    }
    make_private(&partial)?;
    let data = partial.join("data");
    let mut copy = binaries.command("pg_basebackup");
    copy.args(["--dbname", url, "--pgdata"]).arg(&data).args([
        "--format",
        "plain",
        "--wal-method",
        "stream",
        "--checkpoint",
        "fast",
    ]);
    run(copy)?;
    verify(&binaries, &data)?;
    fs::rename(&partial, folder).with_context(|| format!("naming {}", folder.display()))
}

/// Makes a copy the data of the server in `directory`, which must not be running. What was there is kept beside it; the answer says
/// where. A file `password` beside the copy's data is the owner's, for a folder that has none.
///
/// # Errors
/// When the server is running, when the copy is damaged, or was made by a major version whose programs are not at hand.
pub fn restore(directory: &Path, backup: &Path) -> anyhow::Result<Option<PathBuf>> {
    let copy = Folder(backup.to_owned());
    let Some(major) = copy.major() else {
        bail!("{} is no backup of a server", backup.display());
    };
    let binaries = Binaries::find(Some(major))?;
    verify(&binaries, &copy.data())?;

    let account = Account::choose(binaries.command("postgres"))?;
    let directory = std::path::absolute(directory)?;
    let folder = Folder(account.reachable(&directory));
    if Postmaster::read(&folder.data()).is_some_and(|postmaster| postmaster.is_running()) {
        bail!("the server is running: stop it first");
    }
    make_private(&folder.0)?;
    account.own(&folder.0)?;
    let partial = folder.0.join("data.restoring");
    if partial.exists() {
        fs::remove_dir_all(&partial).with_context(|| format!("removing {}", partial.display()))?;
    }
    copy_tree(&copy.data(), &partial, account)?;
    let kept = keep(&folder)?;
    fs::rename(&partial, folder.data()).context("putting the copy in its place")?;
    let (password, own) = (backup.join("password"), folder.0.join("password"));
    if password.exists() && !own.exists() {
        fs::copy(&password, &own).context("restoring the owner's password")?;
        account.own(&own)?;
    }
    Ok(kept)
}

/// Moves the data that is there aside, under a name that is free.
fn keep(folder: &Folder) -> anyhow::Result<Option<PathBuf>> {
    if !folder.data().exists() {
        return Ok(None);
    }
    let kept = (1..u32::MAX)
        .map(|number| folder.0.join(format!("data.before-restore-{number}")))
        .find(|path| !path.exists())
        .context("no name is free")?;
    fs::rename(folder.data(), &kept).context("moving the old data aside")?;
    Ok(Some(kept))
}

/// Compares a copy with the manifest that came with it.
fn verify(binaries: &Binaries, data: &Path) -> anyhow::Result<()> {
    let mut check = binaries.command("pg_verifybackup");
    check.args(["--quiet", "--exit-on-error"]).arg(data);
    run(check).with_context(|| format!("{} is damaged", data.display()))
}

fn run(mut command: Command) -> anyhow::Result<()> {
    let program = command.get_program().to_owned();
    let done = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting {}", program.display()))?;
    if !done.status.success() {
        // Its words are not shown with the arguments: an address may hold a password.
        bail!(
            "{}: {}",
            program.display(),
            String::from_utf8_lossy(&done.stderr).trim()
        );
    }
    Ok(())
}

/// The folder's path with another ending of its name.
fn beside(folder: &Path, ending: &str) -> anyhow::Result<PathBuf> {
    let mut name = folder
        .file_name()
        .with_context(|| format!("{} names no folder", folder.display()))?
        .to_owned();
    name.push(".");
    name.push(ending);
    Ok(folder.with_file_name(name))
}

fn make_private(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    Ok(())
}

/// Copies files and folders, which become the account's.
pub(crate) fn copy_tree(from: &Path, to: &Path, account: Account) -> anyhow::Result<()> {
    make_private(to)?;
    account.own(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target, account)?;
        } else {
            fs::copy(entry.path(), &target)
                .with_context(|| format!("copying to {}", target.display()))?;
            account.own(&target)?;
        }
    }
    Ok(())
}
